"""What a look back needs to know of a bot: its settings, its money, and what its pairs cost to trade."""

from decimal import Decimal

from exchanges import registry
from strategies import inputs
from strategies.choices import AddOnBehaviour
from strategies.engine.position import ONE
from strategies.lookback.world import BotWish, FeeWay, Terms
from strategies.models import Bot, Funds, Instrument

HUNDRED = Decimal(100)
# Where nobody has told the spread.
USUAL_HALF_SPREAD = 1


def wish_of(bot: Bot, first: Instrument) -> BotWish:
    """Return the bot as if it were enabled on the first day; it begins with what its connection has, or its limit."""
    funds = Funds.objects.filter(connection=bot.connection_id).first() or Funds()
    level = inputs.level_of(bot)
    return BotWish(
        settings=inputs.settings_of(bot, level.ladder(ONE), first),
        level=level,
        margin=inputs.margin_of(bot),
        equity=funds.total(bot.quote) or bot.margin_limit,
        base=bot.base_order,
        add_ons_off=bot.add_on_behaviour == AddOnBehaviour.OFF,
        loss_cap=Decimal(funds.loss_cap) / HUNDRED,
    )


def terms_of(instrument: Instrument) -> Terms:
    """Return what trading the pair costs by the exchange's rules, fees and spread of today."""
    fees, rules = inputs.fees_of(instrument), inputs.rules_of(instrument)
    spec = registry.BY_SLUG[instrument.exchange]
    reach = {} if spec.trading.reach is None else {"reach": spec.trading.reach}
    return Terms(
        minimum_cost=rules.minimum_cost,
        min_amount=rules.min_amount,
        amount_step=rules.amount_step,
        fees=fees,
        paid=fees.entry,
        way=FeeWay.COIN if fees.entry_in_coin else FeeWay.QUOTE,
        half_spread=half_spread_of(instrument),
        **reach,
    )


def half_spread_of(instrument: Instrument) -> int:
    """Return half of what is between bid and ask now, in whole price steps, rounded up."""
    if instrument.bid is None or instrument.ask is None or not instrument.price_step:
        return USUAL_HALF_SPREAD
    return max(0, int(-(-(instrument.ask - instrument.bid) // (2 * instrument.price_step))))
