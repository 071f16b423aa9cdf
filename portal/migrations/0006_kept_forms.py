import audit.codes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0005_open_sessions_and_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptForm",
            fields=[
                ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("code", models.TextField(default=audit.codes.new_code, unique=True)),
                ("sealed", models.TextField()),
                ("kept_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
    ]
