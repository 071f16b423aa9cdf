from django.db import migrations

# Until now the triggers kept only what changed since they were there. The lock holds up whoever
# changes items, for as long as counting those that there are takes.
COUNT = """
LOCK TABLE provisioning_planitem IN SHARE ROW EXCLUSIVE MODE;
DELETE FROM provisioning_plantally;
INSERT INTO provisioning_plantally (plan_id, klass, sub_group, state, examined, count)
SELECT plan_id, klass, sub_group, state, examined_at IS NOT NULL, count(*)
FROM provisioning_planitem GROUP BY 1, 2, 3, 4, 5;
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0020_plan_counts")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
