from django.db import migrations

from accounts import audit
from accounts.trail import append_only


def mark_what_is_there(apps, editor):
    """What was written before there were marks gets its own now: from here on an event without one is nobody's."""
    events = apps.get_model("accounts", "AuditEvent").objects
    for event in events.filter(mac="").iterator(chunk_size=2000):
        events.filter(pk=event.pk).update(mac=audit.mark(event))


class Migration(migrations.Migration):

    # Marks are written first, in a transaction of their own; PostgreSQL makes no trigger while rows are being changed.
    atomic = False

    dependencies = [("accounts", "0005_chain")]

    operations = [
        migrations.RunPython(mark_what_is_there, migrations.RunPython.noop, atomic=True),
        migrations.RunPython(append_only.put_up, append_only.take_down, atomic=True),
    ]
