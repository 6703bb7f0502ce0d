"""What the languages of the screens do differently."""

from django.utils.translation import get_language


def inside(label: object) -> str:
    """Write a label as a part of a sentence: English does not begin it large, other languages keep it as it is."""
    return str(label).lower() if (get_language() or "en").startswith("en") else str(label)
