"""A new exchange begins with files that prove nothing and that no file of another exchange gives way to."""

import importlib
import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

import exchanges.known
from exchanges import registry
from exchanges.proven import UnreadableError
from exchanges.spec import ExchangeSpec, Market
from tools import new_exchange


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExchangeSpec]:
    """Lay an exchange in an empty directory, and return the record that its files make."""
    new_exchange.lay(tmp_path, "eleventh", "Eleventh.io")
    monkeypatch.setattr(exchanges.known, "__path__", [*exchanges.known.__path__, f"{tmp_path}/exchanges/known"])
    yield importlib.import_module("exchanges.known.eleventh").SPEC
    for name in [name for name in sys.modules if name.startswith("exchanges.known.eleventh")]:
        del sys.modules[name]


def test_the_files_make_a_record_that_proves_nothing(laid: ExchangeSpec) -> None:
    assert (laid.slug, laid.name, laid.markets) == ("eleventh", "Eleventh.io", (Market.SPOT,))
    for question in (one for some in laid.rounds[Market.SPOT] for one in some):
        with pytest.raises(UnreadableError):
            question.read({})


def test_every_known_exchange_has_the_files_that_a_new_one_gets() -> None:
    for spec in registry.ALL:
        paths = [path.format(slug=spec.slug) for path in new_exchange.FILES]

        assert [path for path in paths if not (settings.BASE_DIR / path).exists()] == [], spec.slug


def test_what_is_laid_is_told(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]
    said = StringIO()

    call_command("new_exchange", "eleventh", stdout=said)

    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert written == sorted(path.format(slug="eleventh") for path in new_exchange.FILES)
    assert all(path in said.getvalue() for path in written)
    assert json.loads((tmp_path / "tests/exchanges/bodies/eleventh/errors.json").read_text()) == []


@pytest.mark.parametrize("slug", ["", "x", "Eleventh", "ele-venth", "ele_venth", "11th", "../okx", "import", "e" * 16])
def test_what_is_no_slug_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(new_exchange.SlugError, match="is no slug"):
        new_exchange.lay(tmp_path, slug)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["exchanges/known/eleventh/check.py", "docs/exchanges/eleventh.md"])
def test_an_exchange_that_is_there_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("mine")

    with pytest.raises(new_exchange.SlugError, match="is there already"):
        new_exchange.lay(tmp_path, "eleventh")

    assert [one.read_text() for one in tmp_path.rglob("*") if one.is_file()] == ["mine"]


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_the_command_refuses_every_exchange_that_we_know(spec: ExchangeSpec) -> None:
    with pytest.raises(CommandError, match="is there already"):
        call_command("new_exchange", spec.slug)
