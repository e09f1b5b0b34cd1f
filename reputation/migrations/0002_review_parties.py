"""A review is between the two parties of its trade, whoever writes the row."""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION reputation_refuse_outsiders() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM reputation_completedtrade t WHERE t.id = NEW.trade_id
                AND ((t.user_a_id, t.user_b_id) = (NEW.reviewer_id, NEW.reviewee_id)
                  OR (t.user_b_id, t.user_a_id) = (NEW.reviewer_id, NEW.reviewee_id))
        ) THEN
            RAISE EXCEPTION 'a review is between the parties of its trade' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER review_between_parties BEFORE INSERT OR UPDATE OF trade_id, reviewer_id, reviewee_id
        ON reputation_tradereview FOR EACH ROW EXECUTE FUNCTION reputation_refuse_outsiders();
"""
BACKWARDS = """
    DROP TRIGGER review_between_parties ON reputation_tradereview;
    DROP FUNCTION reputation_refuse_outsiders();
"""


class Migration(migrations.Migration):
    dependencies = [("reputation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
