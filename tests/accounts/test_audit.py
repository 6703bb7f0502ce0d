import pytest
from django.test import RequestFactory

from accounts import audit
from accounts.by import By
from accounts.models import AppendOnlyError, AuditEvent
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db


def test_it_names_who_did_what_to_whom_and_from_where():
    user, other = make_user(), make_user()
    request = RequestFactory(REMOTE_ADDR="203.0.113.9").get("/")

    audit.record("account.looked_at", by=By.at(request, user), target=other)

    event = AuditEvent.objects.get()
    assert event.actor_label == f"user:{user.public_id}"
    assert event.target == f"user:{other.public_id}"
    assert (event.outcome, event.address) == ("ok", "203.0.113.9")


def test_an_event_cannot_be_changed():
    audit.record("a.b")
    event = AuditEvent.objects.get()
    event.outcome = "forged"

    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.all().update(outcome="forged")

    assert AuditEvent.objects.get().outcome == "ok"


def test_an_event_cannot_be_deleted():
    audit.record("a.b")

    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.get().delete()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.all().delete()

    assert AuditEvent.objects.count() == 1


def test_events_outlive_the_account_and_keep_its_public_id():
    user = make_user()
    public_id = user.public_id
    audit.record("a.b", by=By(user=user))

    user.delete()

    event = AuditEvent.objects.get()
    assert event.actor is None
    assert event.actor_label == f"user:{public_id}"


def test_a_user_sees_own_events_and_what_was_tried_on_the_account():
    user, other = make_user(), make_user()
    audit.record("mine", by=By(user=user))
    audit.record("tried", target=user)
    audit.record("theirs", by=By(user=other))

    assert [event.action for event in AuditEvent.objects.concerning(user)] == ["tried", "mine"]
