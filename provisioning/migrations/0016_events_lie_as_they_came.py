from django.db import migrations

# A row of more than 2 kB has its longest text compressed, and nearly every event is such a row:
# that cost a fourteenth of the CPU time of accepting it. Up to two rows a page they are stored as they came.
SQL = "ALTER TABLE provisioning_event SET (toast_tuple_target = 4080)"
REVERSE = "ALTER TABLE provisioning_event RESET (toast_tuple_target)"


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0015_changes_can_be_asked_for")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
