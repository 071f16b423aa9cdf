from django.db import migrations, models

# What the service checks, the database checks again. The triggers of 0006 and 0013 ask every
# decision who it is by, whatever it says.
SQL = """
CREATE FUNCTION provisioning_check_sending_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE about text;
BEGIN
    SELECT kind INTO about FROM provisioning_approval WHERE id = NEW.approval_id;
    IF about NOT IN ('rule', 'lookup') THEN
        RAISE EXCEPTION 'nothing of a % can be changed by its author', about
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF btrim(NEW.reason) = '' THEN
        RAISE EXCEPTION 'who sends something back says what has to change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_sends_back BEFORE INSERT ON provisioning_decision
    FOR EACH ROW WHEN (NEW.verdict = 'changes')
    EXECUTE FUNCTION provisioning_check_sending_back();

CREATE FUNCTION provisioning_check_sent_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM provisioning_decision
                   WHERE approval_id = NEW.id AND verdict = 'changes') THEN
        RAISE EXCEPTION 'nobody has asked for changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_is_sent_back_by_somebody BEFORE UPDATE ON provisioning_approval
    FOR EACH ROW WHEN (NEW.state = 'changes' AND OLD.state <> 'changes')
    EXECUTE FUNCTION provisioning_check_sent_back();
"""
REVERSE = """
DROP TRIGGER approval_is_sent_back_by_somebody ON provisioning_approval;
DROP FUNCTION provisioning_check_sent_back();
DROP TRIGGER decision_sends_back ON provisioning_decision;
DROP FUNCTION provisioning_check_sending_back();
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0014_runs_freeze_lookups")]
    operations = [
        migrations.AlterField(
            model_name="approval",
            name="state",
            field=models.TextField(
                choices=[
                    ("open", "Needs approval"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("changes", "Sent back"),
                    ("expired", "Expired"),
                    ("void", "Void"),
                ],
                default="open",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="verdict",
            field=models.TextField(
                choices=[
                    ("approve", "Approved"),
                    ("reject", "Rejected"),
                    ("changes", "Asked for changes"),
                ]
            ),
        ),
        migrations.RunSQL(SQL, REVERSE),
    ]
