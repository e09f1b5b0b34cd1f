"""Who has read an address stays on record: no UPDATE and no DELETE."""

from django.db import migrations

FORWARDS = """
    CREATE TRIGGER address_read_append_only BEFORE UPDATE OR DELETE ON trades_addressread
        FOR EACH ROW EXECUTE FUNCTION trades_refuse_change();
"""
BACKWARDS = "DROP TRIGGER address_read_append_only ON trades_addressread;"


class Migration(migrations.Migration):
    dependencies = [("trades", "0003_after_acceptance")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
