"""Count the sign-in address of each account that was there before as proven, and drop what nobody ever confirmed.

An account that has another confirmed address keeps that one alone: its sign-in address is somebody's who never was here.
"""

from django.db import migrations


def prove(apps, schema_editor):
    User, EmailAddress = apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress")
    for user in User.objects.order_by("pk").iterator():
        mine = EmailAddress.objects.filter(user=user)
        mine.filter(verified=False).exclude(email=user.email).delete()
        confirmed = mine.filter(verified=True).order_by("-primary", "pk").first()
        if confirmed is None and not EmailAddress.objects.filter(email=user.email, verified=True).exists():
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
        elif confirmed is not None and not mine.filter(email=user.email, verified=True).exists():
            mine.filter(verified=False).delete()
            if not User.objects.filter(email=confirmed.email).exclude(pk=user.pk).exists():
                mine.exclude(pk=confirmed.pk).update(primary=False)
                mine.filter(pk=confirmed.pk).update(primary=True)
                User.objects.filter(pk=user.pk).update(email=confirmed.email)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_freeze"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunPython(prove, migrations.RunPython.noop)]
