"""What carries messages beside mail: what a trader pastes or a browser tells, and what of it the way out is told.

Only the hosts named here are reached, whatever is pasted: of an address the parts are taken that name a channel there.
Each escapes what is foreign in its own way, since bots and connections are named by people.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.choices import Via


@dataclass(frozen=True, kw_only=True)
class ServicePart:
    """One thing that is pasted. `pattern` is what it must be as a whole; its named groups are what is kept.

    `read` raises ValueError for what only looks right.
    """

    name: str
    pattern: str
    wrong: Promise
    # A browser fills in what it tells: nobody reads these there.
    label: Promise | str = ""
    help: Promise | str = ""
    is_secret: bool = True
    is_optional: bool = False
    longest: int = 300
    read: Callable[[str], object] = str


@dataclass(frozen=True, kw_only=True)
class Service:
    """`steps` lead to what is pasted. `address` makes of it what the library is told; `hint` what may be shown."""

    via: Via
    steps: tuple[Promise, ...]
    parts: tuple[ServicePart, ...]
    address: Callable[[Mapping[str, str]], str]
    hint: Callable[[Mapping[str, str]], str]
    escape: Callable[[str], str] = str
    # What a bell, a channel or everybody in it is called by, and marks that change how a text looks.
    options: str = "format=text&redirect=no&image=no&overflow=split"


def decoded(text: str) -> bytes:
    """Return the bytes of what browsers and push services write in letters, without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def browser_key(text: str) -> ec.EllipticCurvePublicKey:
    """Return the key that messages to a browser are encrypted with; raises ValueError where it is none."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(text))


def _for_discord(text: str) -> str:
    """Let a text call nobody and look as it is: no mention survives a space of no width, no mark a backslash."""
    return re.sub(r"([\\*_~`|>\[\]()#])", r"\\\1", text).replace("@", "@\u200b").replace("<", "<\u200b")


def _ntfy(told: Mapping[str, str]) -> str:
    server = urlsplit(told.get("server") or settings.NTFY_SERVERS[0])
    scheme = "ntfys" if server.scheme == "https" else "ntfy"
    token = f"{quote(told['token'], safe='')}@" if told.get("token") else ""
    return f"{scheme}://{token}{server.netloc}/{told['topic']}/?{'auth=token&' if token else ''}mode=private&"


SERVICES = (
    Service(
        via=Via.TELEGRAM,
        steps=(
            _("In Telegram write to @BotFather, send /newbot, and follow it. It answers with a token."),
            _("Write anything to your new bot, so that it may write to you."),
            _("Write to @userinfobot: it answers with your id, which is the chat below."),
        ),
        parts=(
            ServicePart(
                name="token",
                label=_("Token of your bot"),
                help=_("From @BotFather, such as 123456789:AAE…"),
                pattern=r"\s*(?P<token>\d{6,12}:[A-Za-z0-9_-]{30,50})\s*",
                wrong=_("A token is a number, a colon and about 35 letters. Copy it whole from @BotFather’s answer."),
            ),
            ServicePart(
                name="chat",
                label=_("Chat"),
                help=_("Your id, or that of a group with your bot in it, such as 123456789 or -1001234567890."),
                pattern=r"\s*(?P<chat>-?\d{3,20})\s*",
                wrong=_("A chat is a number, for groups with a minus before it. @userinfobot tells yours."),
                is_secret=False,
            ),
        ),
        address=lambda told: f"tgram://{told['token']}/{told['chat']}/?detect=no&preview=no&",
        hint=lambda told: f"…{told['chat'][-4:]}",
        escape=escape,
        options="format=html&redirect=no&image=no&overflow=split",
    ),
    Service(
        via=Via.DISCORD,
        steps=(
            _("In Discord open the settings of a channel of yours, then Integrations, then Webhooks."),
            _("Make a new webhook, and press Copy Webhook URL."),
        ),
        parts=(
            ServicePart(
                name="webhook",
                label=_("Address of the webhook"),
                help=_("Begins with https://discord.com/api/webhooks/"),
                pattern=(
                    r"\s*https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/"
                    r"(?P<id>\d{15,22})/(?P<token>[A-Za-z0-9_-]{50,90})/?\s*"
                ),
                wrong=_("This is no address of a Discord webhook. Copy it whole with the button in Discord."),
            ),
        ),
        address=lambda told: f"discord://{told['id']}/{told['token']}/?avatar=no&",
        hint=lambda told: f"webhook …{told['id'][-4:]}",
        escape=_for_discord,
    ),
    Service(
        via=Via.SLACK,
        steps=(
            _("At api.slack.com/apps make an app for your workspace, and switch Incoming Webhooks on."),
            _("Add a webhook to a channel, and press Copy."),
        ),
        parts=(
            ServicePart(
                name="webhook",
                label=_("Address of the webhook"),
                help=_("Begins with https://hooks.slack.com/services/"),
                pattern=(
                    r"\s*https://hooks\.slack\.com/services/"
                    r"(?P<team>[A-Z0-9]{8,12})/(?P<id>[A-Z0-9]{8,12})/(?P<token>[A-Za-z0-9]{20,30})/?\s*"
                ),
                wrong=_("This is no address of a Slack webhook. Copy it whole with the button in Slack."),
            ),
        ),
        address=lambda told: f"slack://{told['team']}/{told['id']}/{told['token']}/?footer=no&",
        hint=lambda told: f"webhook …{told['id'][-4:]}",
    ),
    Service(
        via=Via.NTFY,
        steps=(
            _("Install the app ntfy on your phone, and subscribe to a topic with a name that nobody guesses."),
            _("Everybody who knows the name reads along: treat it like a password, or protect it with a token."),
        ),
        parts=(
            ServicePart(
                name="topic",
                label=_("Topic"),
                help=_("Letters, digits, - and _; 12 at least, so that nobody comes upon it."),
                pattern=r"\s*(?P<topic>[A-Za-z0-9_-]{12,64})\s*",
                wrong=_("A topic has 12 to 64 letters, digits, - and _. Choose one that nobody guesses."),
            ),
            ServicePart(
                name="token",
                label=_("Access token"),
                help=_("Where the topic is protected: from your account at ntfy, begins with tk_."),
                pattern=r"\s*(?P<token>tk_[a-z0-9]{20,40})\s*",
                wrong=_("An access token begins with tk_. Copy it whole, or leave the field empty."),
                is_optional=True,
            ),
        ),
        address=_ntfy,
        hint=lambda told: f"topic {told['topic'][:3]}…",
    ),
)
# The push services of browsers. Browsers name the address there, so that anybody could name one inside our network.
PUSH_HOSTS = (
    r"fcm\.googleapis\.com|(?:[a-z0-9-]+\.)+(?:push\.services\.mozilla\.com|push\.apple\.com|notify\.windows\.com)"
)
NO_BROWSER = _(
    "This is not what a browser tells of itself. It takes one with JavaScript that can show messages of sites."
)
BROWSER = Service(
    via=Via.PUSH,
    steps=(
        _("Press the button in the browser that is to show your messages; it asks whether it may."),
        _("On an iPhone or iPad first add this site to the home screen, and open it from there."),
        _("Messages are shown also while no page of ours is open, and to everybody who sees that screen."),
    ),
    parts=(
        ServicePart(
            name="endpoint",
            pattern=rf"(?P<endpoint>https://(?:{PUSH_HOSTS})/[A-Za-z0-9._~%!$'()*+,;=:@/?&-]{{16,900}})",
            wrong=NO_BROWSER,
            longest=1000,
        ),
        ServicePart(
            name="p256dh",
            pattern=r"(?P<p256dh>B[A-Za-z0-9_-]{86})",
            wrong=NO_BROWSER,
            read=browser_key,
        ),
        ServicePart(
            name="auth",
            pattern=r"(?P<auth>[A-Za-z0-9_-]{22})",
            wrong=NO_BROWSER,
        ),
    ),
    address=lambda told: told["endpoint"],
    hint=lambda told: "",
    options="",
)
BY_VIA = {service.via: service for service in (*SERVICES, BROWSER)}


def address_of(via: str, told: Mapping[str, str]) -> str:
    """Return the address by which the library sends; as secret as what was pasted."""
    service = BY_VIA[Via(via)]
    return service.address(told) + service.options


def place_of(told: Mapping[str, str]) -> str:
    """Return a name for the browser at this address, which nobody can guess back; "" for what is no browser."""
    return hashlib.sha256(told["endpoint"].encode()).hexdigest() if "endpoint" in told else ""


def push_key() -> str:
    """Return what browsers are told of us, or "" where this installation has no such key."""
    try:
        key = load_pem_public_key(Path(settings.PUSH_PUBLIC_KEY_FILE).read_bytes())
    except (OSError, ValueError):
        return ""
    return encoded(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
