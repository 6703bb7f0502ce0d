"""Every word of a template goes through gettext, in every branch, also in those that no test draws."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.web.wording import untranslated

ROOT = settings.BASE_DIR / "templates"
TEMPLATES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*") if path.suffix in {".html", ".txt"})
# A name is no message. The manifest of the installed page says the same.
NAMES = ("BackFuture AI",)


def faults_of(source: str) -> list[str]:
    for name in NAMES:
        source = source.replace(name, "")
    return list(untranslated(source.replace("BackFuture <b>AI</b>", "")))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_says_nothing_without_gettext(path: Path) -> None:
    assert faults_of((ROOT / path).read_text()) == []


def test_they_are_all_looked_at() -> None:
    assert len(TEMPLATES) > 190


@pytest.mark.parametrize(
    "source",
    [
        "<p>Words</p>",
        "{% if one %}words{% endif %}",
        '<a aria-label="Words">{{ one }}</a>',
        '<td data-label="{{ one }} words"></td>',
        '<input type="submit" value="Words">',
        '<meta name="description" content="Words">',
        '{% include "_field.html" with help="Words" %}',
        '{{ one|default:"words" }}',
        "{{ count }} bot{{ count|pluralize }}",
        "{% blocktranslate %}Words{% endblocktranslate %} and more",
        "A mail in plain text: {{ code }}",
    ],
)
def test_a_word_without_gettext_is_found(source: str) -> None:
    assert faults_of(source) != []


@pytest.mark.parametrize(
    "source",
    [
        '<p class="words">{% translate "Words" %} · {{ one }}</p>',
        "{% blocktranslate with a=b %}Words of <b>{{ a }}</b>{% plural %}More{% endblocktranslate %}",
        '<a aria-label="{% translate \'Words\' %}" href="/words/"></a>',
        '{% include "_field.html" with help=_("Words") %}',
        '{{ one|default:_("words") }}',
        "{# words #}<script>words</script>",
        "{% block page_class %}narrow{% endblock %}",
        '<input type="hidden" name="words" value="words">',
    ],
)
def test_what_is_no_word_or_has_gettext_passes(source: str) -> None:
    assert faults_of(source) == []
