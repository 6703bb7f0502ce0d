"""An account is taken along as a file, and closed: what is the person's goes, what the books need loses its name."""

import json
from collections.abc import Iterator
from itertools import chain

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils.module_loading import import_string

from accounts import audit
from accounts.by import By
from accounts.models import AuditEvent, UndoLink, User, WebSession
from accounts.person import sessions

# What nobody takes along, be it in a file of his own.
SECRET = frozenset({"password", "session_key", "session_data", "signal_hash", "data", "account_uid"})
Part = tuple[str, models.QuerySet[models.Model]]


def rows_of(user: User) -> Iterator[Part]:
    yield "account", User.objects.filter(pk=user.pk)
    yield "addresses", EmailAddress.objects.filter(user=user).order_by("pk")
    yield "second_factors", Authenticator.objects.filter(user=user).order_by("pk")
    yield "sessions", WebSession.objects.filter(user=user).order_by("pk")
    yield "events", AuditEvent.objects.concerning(user)


def export(user: User) -> Iterator[str]:
    """Yield one JSON document, a row at a time: all that is somebody's, without a secret."""
    parts = chain.from_iterable(import_string(path)(user) for path in settings.EXPORTED)
    for number, (name, rows) in enumerate(parts):
        yield ("{" if number == 0 else ",") + f"{json.dumps(name)}: ["
        fields = [field.attname for field in rows.model._meta.concrete_fields if field.name not in SECRET]
        for place, row in enumerate(rows.values(*fields).iterator(chunk_size=500)):
            yield (",\n" if place else "\n") + json.dumps(row, cls=DjangoJSONEncoder)
        yield "]\n"
    yield "}\n"


def left_behind(user: User) -> list[str]:
    """Return what closing the account leaves at exchanges, a sentence each, by the settings."""
    return [told for path in settings.LEFT_BY_LEAVING for told in import_string(path)(user)]


def close(user: User, *, by: By) -> None:
    """Stop everything, destroy the keys, end every session and forget who it was; there is no way back.

    Orders and fills stay for the books under the account's number; the trail keeps that number as well.
    """
    with transaction.atomic():
        fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        audit.record("account.closed", by=by, target=fresh)
        for path in settings.WHEN_CLAIMED:
            import_string(path)(fresh, by=by)
        Authenticator.objects.filter(user=fresh).delete()
        EmailAddress.objects.filter(user=fresh).delete()
        # A link of days ago would give the closed account its address back.
        UndoLink.objects.filter(user=fresh).delete()
        fresh.email, fresh.display_name = fresh.nobodys_address, ""
        fresh.is_active = fresh.is_staff = fresh.is_superuser = False
        fresh.set_unusable_password()
        fresh.save()
        sessions.end_others(fresh, but=None)
