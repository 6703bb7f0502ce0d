"""Where an exchange is reached: its real hosts, or base URLs from the settings."""

from dataclasses import dataclass

import yarl

from exchanges.session import Origin, origin_of
from exchanges.spec import ExchangeSpec


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an exchange is reached: base URLs without a trailing slash; empty means its real hosts."""

    base: str = ""
    futures: str = ""

    @property
    def is_live(self) -> bool:
        return not self.base

    def origins(self, spec: ExchangeSpec) -> frozenset[Origin]:
        """Return where requests may go: scheme, host and port, whatever their path is."""
        if self.is_live:
            return frozenset(Origin("https", host, 443) for host in spec.hosts)
        return frozenset(origin_of(yarl.URL(base)) for base in (self.base, self.futures) if base)
