from django.db import migrations

from accounts.trail import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_links_of_locked_accounts")]

    # On the way back they stay: more than there were then, which hinders nobody.
    operations = [
        migrations.RunPython(append_only.take_down, migrations.RunPython.noop),
        migrations.RunPython(append_only.put_up, migrations.RunPython.noop),
    ]
