from django.db import migrations

SQL = """
CREATE FUNCTION provisioning_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a rule version never changes: make a new one'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER rule_version_no_change BEFORE UPDATE OR DELETE ON provisioning_ruleversion
    FOR EACH ROW EXECUTE FUNCTION provisioning_refuse_version_change();
"""
REVERSE = """
DROP TRIGGER rule_version_no_change ON provisioning_ruleversion;
DROP FUNCTION provisioning_refuse_version_change();
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
