from django.db import migrations, models

# text_pattern_ops: an index for LIKE 'BEGINNING%' in a database of any collation.
SQL = """
CREATE INDEX person_login_beginning ON provisioning_person (upper(login) text_pattern_ops);
CREATE INDEX person_name_beginning ON provisioning_person (upper(name) text_pattern_ops);
"""
REVERSE = """
DROP INDEX person_login_beginning;
DROP INDEX person_name_beginning;
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0002_versions_are_immutable")]
    operations = [
        migrations.AddIndex(
            "run", models.Index(fields=["person_id", "-created_at", "-id"], name="run_person")
        ),
        migrations.RunSQL(SQL, REVERSE),
    ]
