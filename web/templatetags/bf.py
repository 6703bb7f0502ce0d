"""Tags that every page may use: icons, and times that read the same with and without JavaScript."""

from datetime import UTC, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Longest first, so that the first that fits is the coarsest true word; app.js says the same words.
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
JUST_NOW = timedelta(seconds=5)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Draw one icon of static/icons.svg; it is decoration, so the word must stand beside it."""
    css = f"i {classes}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, static("icons.svg"), name)


def say_when(value: datetime, now: datetime) -> str:
    """Return "3 minutes ago", "in 2 hours" or "just now"."""
    distance = now - value
    if abs(distance) < JUST_NOW:
        return "just now"
    seconds = int(abs(distance).total_seconds())
    unit, size = next(entry for entry in UNITS if seconds >= entry[1])
    count = seconds // size
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


def _time(value: datetime, kind: str, text: str) -> SafeString:
    at = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC" data-when="{}">{}</time>',
        at.isoformat(),
        f"{at:%Y-%m-%d %H:%M:%S}",
        kind,
        text,
    )


@register.simple_tag
def when(value: datetime | None, fallback: str = "never") -> SafeString | str:
    """Say how long ago (or how soon) a moment is; the title holds it in UTC."""
    return _time(value, "ago", say_when(value, timezone.now())) if value else fallback


@register.simple_tag
def moment(value: datetime | None, fallback: str = "") -> SafeString | str:
    """Name a moment; app.js rewrites it in the reader's own time zone."""
    return _time(value, "at", f"{value.astimezone(UTC):%d %b %Y, %H:%M} UTC") if value else fallback


@register.simple_tag
def due(value: datetime | None) -> SafeString | str:
    """Say when something planned will happen; what is overdue happens at any moment."""
    if value is None:
        return "not planned"
    return when(value) if value > timezone.now() else "at any moment"
