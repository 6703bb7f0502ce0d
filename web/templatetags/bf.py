"""Tags that every page may use: icons, times that read the same with and without JavaScript, pieces of sentences."""

from datetime import UTC, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy

from web.language import inside

register = template.Library()
register.filter(inside)

# Longest first, so that the first that fits is the coarsest true word; app.js has the same from the browser.
UNITS = (
    (86400, ngettext_lazy("%d day ago", "%d days ago"), ngettext_lazy("in %d day", "in %d days")),
    (3600, ngettext_lazy("%d hour ago", "%d hours ago"), ngettext_lazy("in %d hour", "in %d hours")),
    (60, ngettext_lazy("%d minute ago", "%d minutes ago"), ngettext_lazy("in %d minute", "in %d minutes")),
    (1, ngettext_lazy("%d second ago", "%d seconds ago"), ngettext_lazy("in %d second", "in %d seconds")),
)
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
        return gettext("just now")
    seconds = int(abs(distance).total_seconds())
    size, ago, to_come = next(entry for entry in UNITS if seconds >= entry[0])
    return (ago if distance > timedelta(0) else to_come) % (seconds // size)


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
def when(value: datetime | None) -> SafeString | str:
    """Say how long ago (or how soon) a moment is; the title holds it in UTC."""
    return _time(value, "ago", say_when(value, timezone.now())) if value else gettext("never")


@register.simple_tag
def moment(value: datetime | None, fallback: str = "") -> SafeString | str:
    """Name a moment; app.js rewrites it in the reader's own time zone."""
    return _time(value, "at", f"{date_format(value.astimezone(UTC), 'd M Y, H:i')} UTC") if value else fallback


@register.simple_tag
def due(value: datetime | None) -> SafeString | str:
    """Say when something planned will happen; what is overdue happens at any moment."""
    if value is None:
        return gettext("not planned")
    return when(value) if value > timezone.now() else gettext("at any moment")


@register.simple_block_tag
def captured(content: SafeString) -> SafeString:
    """Keep what the block drew for a sentence: {% captured as names %}…{% endcaptured %}, then {{ names }} in it.

    Languages order the words of a sentence differently, so what a template draws in a loop is handed to it whole.
    """
    return content
