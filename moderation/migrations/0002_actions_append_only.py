"""What a moderator did cannot be made not to have happened: no UPDATE and no DELETE."""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION moderation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER moderation_action_append_only BEFORE UPDATE OR DELETE ON moderation_moderationaction
        FOR EACH ROW EXECUTE FUNCTION moderation_refuse_change();
"""
BACKWARDS = """
    DROP TRIGGER moderation_action_append_only ON moderation_moderationaction;
    DROP FUNCTION moderation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
