"""People who sign in, and the trail of what they did."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts import wording
from database.ids import public_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def hold(self, user: "User") -> "User":
        """Return the user as the row is now, and take it until the transaction ends: before all other rows."""
        # no_key: the trail's events point at this row, and must not wait for it.
        return self.select_for_update(no_key=True).get(pk=user.pk)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")


class FirstSteps(models.TextChoices):
    SHOWN = "shown", _("Shown")
    AWAY = "away", _("Put away")


class User(AbstractBaseUser, PermissionsMixin):
    """A trader or an operator; the e-mail address is the name they sign in with."""

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=60, blank=True)
    is_staff = models.BooleanField("operator", default=False, help_text=_("May open the operators' pages."))
    is_active = models.BooleanField("active", default=True, help_text=_("May sign in. Switch off instead of deleting."))
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # Only while it is switched off: its bots look after the groups that were open then, until they are closed.
    exits_kept = models.BooleanField(default=False, editable=False)
    # Where its days begin, "" for UTC, and the currency that all money is shown in, "" for each in its own.
    time_zone = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    # The first steps on the overview: "" shows them while they are of use, else what the trader asked for.
    first_steps = models.CharField(max_length=5, blank=True, choices=FirstSteps.choices)
    # Only accounts/freeze.py writes these two.
    frozen_until = models.DateTimeField(null=True, editable=False)
    frozen_because = models.CharField(max_length=20, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def is_served(self) -> bool:
        """Say whether workers still work for it; `served` asks the same of the database."""
        return self.is_active or self.exits_kept

    @property
    def zone(self) -> ZoneInfo:
        """Return where its days begin; a zone that this machine does not know stops nothing that is written by it."""
        try:
            return ZoneInfo(self.time_zone or "UTC")
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return ZoneInfo("UTC")

    @staticmethod
    def unusable_password() -> str:
        return make_password(None)

    def check_password(self, raw_password: str | None) -> bool:
        """Say whether this is the password; its hash is made anew where that is due, but never over another password.

        Django saves it over whatever was set while this one was hashed.
        """

        def make_anew(raw_password: str) -> None:
            anew = make_password(raw_password)
            if User.objects.filter(pk=self.pk, password=self.password).update(password=anew):
                self.password = anew

        return check_password(raw_password, self.password, make_anew)

    @property
    def is_proven(self) -> bool:
        """Say whether somebody proved a mailbox of this account: without that it has no authority."""
        return bool(EmailAddress.objects.filter(user=self, verified=True).exists())

    @property
    def nobodys_address(self) -> str:
        """Return what stands for the address of an account that has none."""
        return f"{self.public_id}@closed.invalid"

    def may_reset_by(self, email: str) -> bool:
        """Say whether a link to reset the password may be mailed to this address."""
        is_mine = bool(EmailAddress.objects.filter(user=self, email=email.lower(), verified=True).exists())
        return is_mine or (email.lower() == self.email and not self.is_proven)

    @property
    def initials(self) -> str:
        words = self.display_name.split() or [self.email]
        return "".join(word[0] for word in words[:2]).upper()


def served(path: str = "") -> models.Q:
    """Return what holds of accounts that workers still work for; `path` leads to the account, as in "owner__"."""
    return models.Q(**{f"{path}is_active": True}) | models.Q(**{f"{path}exits_kept": True})


class WebSession(AbstractBaseSession):
    """A browser's session (accounts/person/sessions.py), found by the hash of its cookie; its contents are sealed."""

    session_key = models.CharField(max_length=64, primary_key=True)
    # Not unique: a session that gets a new cookie has two rows for a moment.
    public_id = models.UUIDField(db_index=True)
    # None until somebody is signed in.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.device or 'a browser'}, until {self.expire_date:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        return store


class AppendOnlyError(Exception):
    """Somebody tried to change or remove what only may be added to."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def concerning(self, user: User) -> "AuditEventQuerySet":
        """Return what the user did and what was tried on their account, newest first."""
        mine = models.Q(actor=user) | models.Q(target=f"user:{user.public_id}")
        return self.filter(mine).order_by("-pk")

    def about(self, user: User, labels: Collection[str], *, since: datetime | None = None) -> "AuditEventQuerySet":
        """Return that, and what the product did by itself with what is the user's, by the labels of these rows.

        `since` a moment they are found by their ids, which both ways to them end with: a trader has too many events in
        years to sort them all.
        """
        ways = [models.Q(actor=user), models.Q(target__in=[f"user:{user.public_id}", *labels])]
        if since:
            first = AuditEvent.objects.filter(at__gte=since).order_by("at", "pk").values("pk")[:1]
            ways = [way & models.Q(pk__gte=models.Subquery(first)) for way in ways]
        return self.filter(ways[0] | ways[1]).order_by("-pk")

    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyError("audit events cannot be changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("audit events cannot be deleted")


class AuditEvent(models.Model):
    """Who did what, with what outcome, when, from where; never a value."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    # The label stays when the account goes; the link is only for asking quickly.
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=40)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    # A keyed digest of all above (accounts.audit.mark).
    mac = models.CharField(max_length=64, editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["target", "-id"], name="audit_by_target"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("audit events cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("audit events cannot be deleted")

    @property
    def words(self) -> str:
        return wording.say(self.action)

    @property
    def detail(self) -> str:
        return wording.detail(self.action, self.outcome)

    @property
    def is_refused(self) -> bool:
        return self.outcome == "refused"


class AuditLink(models.Model):
    """The place of one event in the chain. Written by the sealer alone (accounts/trail), and never again."""

    position = models.PositiveBigIntegerField(primary_key=True)
    # No foreign key: that an event is gone must be seen, and neither refused nor followed.
    event_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.position}: {self.digest[:12]}"


class Bucket(models.Model):
    """How much of a limit somebody has used up: a bucket that fills with each try and empties as time goes by.

    One row per limit and key, swept when it is empty; a table of its own, because a cache forgets rows when it is full.
    """

    key = models.CharField(max_length=100, primary_key=True)
    # Milliseconds since 1970: one statement adds to it by itself, on every database.
    empty_at = models.BigIntegerField(db_index=True)
    told_at = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class MailState(models.TextChoices):
    WAITING = "waiting"
    DEAD = "dead"


class OutgoingMail(models.Model):
    """One mail from the moment it is written until it is sent; what could not be sent stays without its text."""

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=80)
    to = models.EmailField(max_length=254)
    # The links and codes inside are as good as a password: the web seals them, a worker opens them.
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    # The class of the last error, never its text.
    trouble = models.CharField(max_length=60, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class UndoLink(models.Model):
    """A link by which the owner of an address takes an account back; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    # The sign-in address of before, which is the one again.
    email = models.EmailField(max_length=254)
    made_at = models.DateTimeField(default=timezone.now)
    # After three days; None while it is the only way into an account whose address another account has.
    expires_at = models.DateTimeField(null=True, db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"undo of {self.made_at:%Y-%m-%d %H:%M}"
