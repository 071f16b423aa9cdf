from django.db import migrations

# Several people may have written one draft; an approval has room for one author, its content for
# all of them.
SQL = """
CREATE FUNCTION provisioning_check_decision_authors() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE authors jsonb;
BEGIN
    SELECT content -> 'authors' INTO authors FROM provisioning_approval WHERE id = NEW.approval_id;
    IF jsonb_typeof(authors) = 'array' AND authors ? NEW.decider_identity THEN
        RAISE EXCEPTION 'nobody decides what they wrote a part of'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_not_by_authors BEFORE INSERT ON provisioning_decision
    FOR EACH ROW EXECUTE FUNCTION provisioning_check_decision_authors();

CREATE FUNCTION provisioning_refuse_lookup_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a lookup table never changes: make a new one'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER lookup_version_no_change BEFORE UPDATE OR DELETE ON provisioning_lookupversion
    FOR EACH ROW EXECUTE FUNCTION provisioning_refuse_lookup_change();
"""
REVERSE = """
DROP TRIGGER lookup_version_no_change ON provisioning_lookupversion;
DROP FUNCTION provisioning_refuse_lookup_change();
DROP TRIGGER decision_not_by_authors ON provisioning_decision;
DROP FUNCTION provisioning_check_decision_authors();
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0008_drafts")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
