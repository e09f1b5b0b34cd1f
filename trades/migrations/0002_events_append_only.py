"""What happened cannot be made not to have happened: no UPDATE and no DELETE of events."""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION trades_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER trade_event_append_only BEFORE UPDATE OR DELETE ON trades_tradeevent
        FOR EACH ROW EXECUTE FUNCTION trades_refuse_change();
"""
BACKWARDS = """
    DROP TRIGGER trade_event_append_only ON trades_tradeevent;
    DROP FUNCTION trades_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("trades", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
