"""On whose behalf something is done: a person at a page, a command line, or the product by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import User
from web.middleware import client_address


@dataclass(frozen=True, kw_only=True)
class By:
    """`user` is None where no person acts: a worker, a command. `address` is "" without a request."""

    user: User | None = None
    address: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> By:
        """Return the person that is signed in, or nobody."""
        return cls.at(request, request.user if isinstance(request.user, User) else None)

    @classmethod
    def at(cls, request: HttpRequest | None, user: User | None) -> By:
        """Return this user, or nobody, at the address of the request."""
        return cls(user=user, address=client_address(request) if request else "")


PRODUCT = By()
