from django.db import migrations

# What a channel told of before that told of all that needs somebody.
NEEDED = {"connection.refused", "connection.lost", "key.ends", "bot.halted", "exit.refused"}
NEW = "channel.ended"


def tell(apps, schema_editor):
    """Let those that tell of all that needs somebody go on doing so."""
    for channel in apps.get_model("messaging", "Channel").objects.iterator():
        kinds = channel.kinds_json
        if isinstance(kinds, list) and NEEDED <= {str(kind) for kind in kinds} and NEW not in kinds:
            channel.kinds_json = [*kinds, NEW]
            channel.save(update_fields=["kinds_json"])


def take_back(apps, schema_editor):
    for channel in apps.get_model("messaging", "Channel").objects.iterator():
        if isinstance(channel.kinds_json, list) and NEW in channel.kinds_json:
            channel.kinds_json = [kind for kind in channel.kinds_json if kind != NEW]
            channel.save(update_fields=["kinds_json"])


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_browsers")]

    operations = [migrations.RunPython(tell, take_back)]
