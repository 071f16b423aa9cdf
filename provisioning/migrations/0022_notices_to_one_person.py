from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0021_plans_are_counted")]
    operations = [
        migrations.AddField(
            model_name="notice",
            name="recipient",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
