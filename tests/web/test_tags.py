from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template

from web.templatetags.bf import say_when

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=41), "41 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-4), "in 4 minutes"),
    ],
)
def test_it_says_when(distance, words):
    assert say_when(NOW - distance, NOW) == words


def draw(text, **context):
    return Template("{% load bf %}" + text).render(Context(context))


def test_a_time_carries_utc_in_its_title():
    html = draw("{% moment at %}", at=NOW)

    assert 'datetime="2026-11-23T21:00:00+00:00"' in html
    assert 'title="2026-11-23 21:00:00 UTC"' in html
    assert "23 Nov 2026, 21:00 UTC" in html


def test_what_never_happened_says_so():
    assert draw("{% when at %}", at=None) == "never"
    assert draw("{% due at %}", at=None) == "not planned"


def test_what_is_overdue_happens_at_any_moment():
    assert draw("{% due at %}", at=datetime(2020, 1, 1, tzinfo=UTC)) == "at any moment"


def test_an_icon_is_decoration_and_its_name_is_escaped():
    assert (
        draw('{% icon "plug" "spin" %}')
        == '<svg class="i spin" aria-hidden="true"><use href="/static/icons.svg#plug"/></svg>'
    )
    assert "<b>" not in draw("{% icon name %}", name="<b>")
