"""Where an exchange is reached: its real hosts, or base URLs from the settings."""

from dataclasses import dataclass

import yarl

from exchanges.spec import ExchangeSpec


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an exchange is reached: base URLs without a trailing slash; empty means its real hosts."""

    base: str = ""
    futures: str = ""

    @property
    def is_live(self) -> bool:
        return not self.base

    def authorities(self, spec: ExchangeSpec) -> frozenset[str]:
        if self.is_live:
            return spec.hosts
        return frozenset(yarl.URL(base).authority for base in (self.base, self.futures) if base)
