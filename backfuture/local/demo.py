"""The two people who can sign in to a try-out at once: a trader and an operator."""

import secrets
from pathlib import Path

from allauth.account.models import EmailAddress

from accounts.models import User

TRADER, OPERATOR = "demo@example.com", "operator@example.com"


def make_people(path: Path) -> dict[str, str]:
    """Return e-mail addresses and passwords, kept in `path` (0600); the people are made when they are missing."""
    passwords = _read(path) or {TRADER: secrets.token_urlsafe(12), OPERATOR: secrets.token_urlsafe(12)}
    _write(path, passwords)
    for email, password in passwords.items():
        if not User.objects.filter(email=email).exists():
            is_operator = email == OPERATOR
            make = User.objects.create_superuser if is_operator else User.objects.create_user
            user = make(email, password, display_name="Demo operator" if is_operator else "Demo trader")
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return passwords


def _read(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split(" ", 1) for line in lines if line)


def _write(path: Path, passwords: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{email} {password}\n" for email, password in passwords.items()))
