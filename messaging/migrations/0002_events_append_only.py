"""The log that clients replay is never rewritten."""

from django.db import migrations

FORWARDS = """
    CREATE TRIGGER conversation_event_append_only BEFORE UPDATE OR DELETE ON messaging_conversationevent
        FOR EACH ROW EXECUTE FUNCTION trades_refuse_change();
"""
BACKWARDS = "DROP TRIGGER conversation_event_append_only ON messaging_conversationevent;"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("trades", "0002_events_append_only")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
