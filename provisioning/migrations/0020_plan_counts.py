import django.db.models.deletion
from django.db import migrations, models

# Triggers count, not the code: what changes items is in many places, and while a release is rolled
# out also in code that knows nothing of tallies. A transition table holds the rows of a whole
# statement, so that a hundred items, or a hundred thousand, are one change. The order of rows is
# always the same, so that two transactions do not wait for each other in a circle.
SQL = """
CREATE FUNCTION provisioning_tally_plan_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO provisioning_plantally AS kept
            (plan_id, klass, sub_group, state, examined, count)
        SELECT plan_id, klass, sub_group, state, examined_at IS NOT NULL, count(*) FROM added
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (plan_id, klass, sub_group, state, examined)
        DO UPDATE SET count = kept.count + excluded.count;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO provisioning_plantally AS kept
            (plan_id, klass, sub_group, state, examined, count)
        SELECT plan_id, klass, sub_group, state, examined, sum(n) FROM (
            SELECT plan_id, klass, sub_group, state, examined_at IS NOT NULL AS examined, -1 AS n
            FROM removed
            UNION ALL
            SELECT plan_id, klass, sub_group, state, examined_at IS NOT NULL, 1 FROM added
        ) AS moved
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (plan_id, klass, sub_group, state, examined)
        DO UPDATE SET count = kept.count + excluded.count;
    ELSE
        INSERT INTO provisioning_plantally AS kept
            (plan_id, klass, sub_group, state, examined, count)
        SELECT plan_id, klass, sub_group, state, examined_at IS NOT NULL, -count(*) FROM removed
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (plan_id, klass, sub_group, state, examined)
        DO UPDATE SET count = kept.count + excluded.count;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER plan_item_added AFTER INSERT ON provisioning_planitem
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION provisioning_tally_plan_items();
CREATE TRIGGER plan_item_changed AFTER UPDATE ON provisioning_planitem
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION provisioning_tally_plan_items();
CREATE TRIGGER plan_item_removed AFTER DELETE ON provisioning_planitem
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION provisioning_tally_plan_items();

-- A plan comes with up to 100,000 rows at once. That is little against all plans there ever were, so
-- the planner would know nothing of it for long.
ALTER TABLE provisioning_planitem
    SET (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2000);
"""
REVERSE = """
ALTER TABLE provisioning_planitem
    RESET (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold);
DROP TRIGGER plan_item_removed ON provisioning_planitem;
DROP TRIGGER plan_item_changed ON provisioning_planitem;
DROP TRIGGER plan_item_added ON provisioning_planitem;
DROP FUNCTION provisioning_tally_plan_items();
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0019_okta_incident_indexes")]
    operations = [
        migrations.AddField(model_name="plan", name="effects", field=models.JSONField(null=True)),
        migrations.CreateModel(
            name="PlanTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("klass", models.TextField()),
                ("sub_group", models.TextField()),
                ("state", models.TextField()),
                ("examined", models.BooleanField()),
                ("count", models.BigIntegerField()),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="provisioning.plan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "klass", "sub_group", "state", "examined"),
                        name="plan_tally_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, REVERSE),
    ]
