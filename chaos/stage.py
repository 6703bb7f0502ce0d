"""The rows a rehearsal begins with: proven connections, and bots that trade as often as they can."""

from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import User
from connections import flows as keys_flows
from connections.models import Connection, Status, Trigger
from strategies.bots import flows
from strategies.models import Bot, BotSettings, Funds

MARGIN_LIMIT, RISE = Decimal(20000), Decimal("0.4")


def make_trader(email: str, password: str | None = None) -> User:
    """Make a trader whose mailbox is proven; without a password nobody signs in as them."""
    trader = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=trader, email=email, verified=True, primary=True)
    return trader


def give_factor(trader: User) -> None:
    """Give them an authenticator app, which a live bot asks for and signing in too from then on."""
    TOTP.activate(trader, generate_totp_secret())


def connect(owner: User, exchange: str, keys: dict[str, Any], account: str, *, name: str = "") -> Connection:
    """Add a connection and mark it proven: what a check proves is not what is rehearsed here."""
    credentials = {name: keys[name] for name in ("api_key", "secret", "passphrase") if keys.get(name)}
    at = {"exchange": exchange, "venue": "practice", "market": "spot", "name": name or exchange}
    connection = keys_flows.add_connection(owner, **at, credentials=credentials, by=PRODUCT)
    connection.runs.filter(trigger=Trigger.ADDED).update(state="superseded")
    Connection.objects.filter(pk=connection.pk).update(
        status=Status.ONLINE,
        passed_at=timezone.now(),
        passed_revision=connection.revision,
        testing_run=None,
        account_uid=account,
    )
    connection.refresh_from_db()
    return connection


def add_bot(connection: Connection, name: str, pairs: tuple[str, ...], **changes: Any) -> Bot:
    values: dict[str, Any] = {
        "direction": "long",
        "risk_level": "high",
        "margin_limit": MARGIN_LIMIT,
        "add_on_behaviour": "first_come",
        "recovery_mode": True,
        "entry_source": "immediate",
        "take_profit": RISE,
        "cool_down_minutes": 0,
        "re_entry_minutes": 0,
    }
    settings = BotSettings(name=name, connection=connection, pairs=pairs, **(values | changes))
    bot = flows.add_bot(connection.owner, settings=settings, by=PRODUCT)
    flows.enable_bot(bot, by=PRODUCT)
    Funds.objects.look_after(connection.pk, now=timezone.now())
    return bot
