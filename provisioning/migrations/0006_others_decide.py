from django.db import migrations

# What the service checks, the database checks again: raw SQL finds no way round it.
SQL = """
CREATE FUNCTION provisioning_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked provisioning_approval%ROWTYPE;
BEGIN
    SELECT * INTO asked FROM provisioning_approval WHERE id = NEW.approval_id FOR UPDATE;
    IF asked.state <> 'open' THEN
        RAISE EXCEPTION 'approval % is %: it cannot be decided', asked.code, asked.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.decider_identity IN (asked.requester_identity, asked.author_identity) THEN
        RAISE EXCEPTION 'nobody decides what they asked for or wrote'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.digest <> asked.digest THEN
        RAISE EXCEPTION 'the decision is about other content'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_by_others BEFORE INSERT ON provisioning_decision
    FOR EACH ROW EXECUTE FUNCTION provisioning_check_decision();

CREATE FUNCTION provisioning_refuse_decision_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER decision_no_change BEFORE UPDATE OR DELETE ON provisioning_decision
    FOR EACH ROW EXECUTE FUNCTION provisioning_refuse_decision_change();

CREATE FUNCTION provisioning_check_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE agreed integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'an approval begins open'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'approval % is %: that is final', OLD.code, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.kind, NEW.object_kind, NEW.object_code, NEW.digest, NEW.content, NEW.needed, NEW.roles,
        NEW.requester_identity, NEW.author_identity)
       IS DISTINCT FROM
       (OLD.kind, OLD.object_kind, OLD.object_code, OLD.digest, OLD.content, OLD.needed, OLD.roles,
        OLD.requester_identity, OLD.author_identity) THEN
        RAISE EXCEPTION 'what an approval asks for never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'approved' AND OLD.state <> 'approved' THEN
        SELECT count(*) INTO agreed FROM provisioning_decision
            WHERE approval_id = NEW.id AND verdict = 'approve';
        IF agreed < NEW.needed THEN
            RAISE EXCEPTION '% of % people have agreed', agreed, NEW.needed
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_is_decided_by_others BEFORE INSERT OR UPDATE ON provisioning_approval
    FOR EACH ROW EXECUTE FUNCTION provisioning_check_approval();
"""
REVERSE = """
DROP TRIGGER approval_is_decided_by_others ON provisioning_approval;
DROP TRIGGER decision_no_change ON provisioning_decision;
DROP TRIGGER decision_by_others ON provisioning_decision;
DROP FUNCTION provisioning_check_approval();
DROP FUNCTION provisioning_refuse_decision_change();
DROP FUNCTION provisioning_check_decision();
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0005_approvals")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
