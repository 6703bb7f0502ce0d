from django.db import migrations, models

from database.exact import ExactField

NUMBERS = ("first_add_on", "add_on_ratio", "first_step", "step_scale", "volume_scale")
LIMITS = ("floor", "least_improvement", "accepted_loss")


class Migration(migrations.Migration):
    dependencies = [("strategies", "0013_held_costs")]

    operations = [
        *(migrations.AddField("bot", name, ExactField(null=True)) for name in (*NUMBERS, *LIMITS)),
        *(migrations.AddField("bot", name, models.PositiveIntegerField(null=True)) for name in ("add_ons", "max_groups")),
    ]
