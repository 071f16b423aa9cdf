from django.db import migrations

# text_pattern_ops: an index for LIKE 'BEGINNING%' in a database of any collation, and for equality.
SQL = """
CREATE INDEX CONCURRENTLY plan_item_person
ON provisioning_planitem (plan_id, upper(person_login) text_pattern_ops)
"""
REVERSE = "DROP INDEX CONCURRENTLY plan_item_person"


class Migration(migrations.Migration):
    """Without a lock: workers go on with plans while a large table is read."""

    atomic = False
    dependencies = [("provisioning", "0024_plans_classified_anew")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
