import pytest
from django.test import Client

from accounts.models import User
from strategies.bots import presets
from strategies.models import Bot
from strategies.pages.bot_form.form import FIRST, BotForm
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
ADD = "/bots/add/"


@pytest.mark.parametrize("preset", presets.ALL, ids=lambda preset: preset.slug)
def test_a_preset_is_linked_and_fills_in_what_may_be_saved(
    signed_in: Client, trader: User, preset: presets.Preset
) -> None:
    home = make_connection(owner=trader)

    linked = f'href="?preset={preset.slug}"' in signed_in.get(ADD).text
    page = signed_in.get(f"{ADD}?preset={preset.slug}")

    assert linked
    assert str(preset.note) in str(page.context["preset"].note)
    start = page.context["form"].initial
    assert {name: start[name] for name in preset.values} == dict(preset.values)
    typed = {"name": "Mine", "pairs": "SOL/USDT", "connection": home.public_id} | {**FIRST, **preset.values}
    assert BotForm(typed | {"margin_limit": "500"}, owner=trader).is_valid()
    assert not Bot.objects.exists()


def test_a_preset_keeps_the_connection_one_came_from(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)
    home = make_connection(owner=trader)

    page = signed_in.get(f"{ADD}?connection={home.public_id}&preset=bold").text

    assert f'value="{home.public_id}" selected' in page
    assert f'href="?connection={home.public_id}&amp;preset=careful"' in page


@pytest.mark.parametrize("slug", ["", "nonsense", "<script>", "%00"])
def test_a_preset_that_is_none_is_left_out(signed_in: Client, trader: User, slug: str) -> None:
    make_connection(owner=trader)

    page = signed_in.get(f"{ADD}?preset={slug}")

    assert (page.status_code, page.context["preset"]) == (200, None)


def test_recovery_pro_warns_who_has_one_connection_only(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)
    alone = signed_in.get(f"{ADD}?preset=recovery-pro").text
    make_connection(owner=trader)
    both = signed_in.get(f"{ADD}?preset=recovery-pro").text

    assert "It needs a second connection" in alone
    assert "It needs a second connection" not in both
    assert '<details class="more" open>' in both


def test_a_preset_changes_no_bot_there_is(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    signed_in.get(f"{ADD}?preset=bold")

    assert Bot.objects.get().settings == bot.settings
