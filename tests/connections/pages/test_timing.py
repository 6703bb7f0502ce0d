"""Whether a key is registered by somebody else shows in no answer: not in its bytes, and by LONG=1 not in its time."""

import os
import re
import statistics
import sys
import time
from bisect import bisect_left, bisect_right

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from connections.models import Connection
from tests.accounts.factories import make_user, sign_in
from tests.connections.practising import add

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]
IS_LONG = bool(os.environ.get("LONG"))
TIMES = 200 if IS_LONG else 5
OTHERS = "0123456789abcdef01234567"
KEY = {"secret": "01234567-89ab-cdef-0123-456789abcdef", "passphrase": "practice-pass", "market": "spot"}
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|\b\w{64}\b|nonce=\"[^\"]+\"|<time[^>]*>[^<]*<")


def answer_of(client: Client, api_key: str) -> tuple[bytes, float]:
    """Return what somebody gets who enters this key, and after how long; it is forgotten again."""
    with transaction.atomic():
        began = time.perf_counter()
        posted = client.post("/connections/add/kucoin/", KEY | {"name": "Mine", "venue": "live", "api_key": api_key})
        took = time.perf_counter() - began
        page = client.get(posted.headers["Location"])
        transaction.set_rollback(True)
    told = f"{posted.status_code} {posted.headers['Location']}".encode() + page.content
    # Ids first: the key's last four may stand in the middle of one by chance, which would be none any more.
    return IDS.sub(b"", told).replace(api_key[-4:].encode(), b""), took


def share_above(ones: list[float], others: list[float]) -> float:
    """Return how often one of these is above one of the others: 0.5 when nothing tells them apart."""
    row = sorted(others)
    above = sum(bisect_left(row, one) + bisect_right(row, one) for one in ones) / 2
    return above / (len(ones) * len(others))


def test_the_share_tells_apart_what_differs() -> None:
    assert share_above([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.5
    assert share_above([2.0, 3.0], [0.0, 1.0]) == 1.0


def test_a_key_of_somebody_else_is_answered_like_a_new_one(settings: Settings) -> None:
    settings.CHECKS_PER_MINUTE = 10**6
    add(None, {"api_key": OTHERS, **KEY}, venue="live")
    client = sign_in(Client(), make_user())
    answers: dict[bool, list[tuple[bytes, float]]] = {True: [], False: []}
    answer_of(client, "f" * 24)

    for number in range(TIMES):
        # In turns, and each first as often as the other.
        for is_known in (True, False) if number % 2 else (False, True):
            answers[is_known].append(answer_of(client, OTHERS if is_known else f"{number:024x}"))

    assert Connection.objects.count() == 1
    pages = {told for told, _ in answers[True] + answers[False]}
    assert len(pages) == 1
    known, new = ([took for _, took in answers[one]] for one in (True, False))
    share, middle = share_above(known, new), [statistics.median(times) * 1000 for times in (known, new)]
    sys.stdout.write(
        f"figure: known key {middle[0]:.1f} ms, new one {middle[1]:.1f} ms, known is slower in {share:.0%}\n"
    )
    # Of two rows of 200 that do not differ, nine thousand nine hundred of ten thousand pairs lie within.
    assert not IS_LONG or 0.42 < share < 0.58
