"""Where an exchange is reached: its real hosts, or base URLs from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import yarl

from exchanges.spec import ExchangeSpec


class Origin(NamedTuple):
    """Where a request goes, without its path; the port is said, also where it is the scheme's own."""

    scheme: str
    host: str
    port: int


def origin_of(url: yarl.URL) -> Origin:
    """Return where a URL leads. Raises ValueError when it names no host or no port that is known."""
    if not url.host or not url.port:
        raise ValueError("a URL without a host")
    return Origin(url.scheme, url.host, url.port)


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where an exchange is reached: base URLs without a trailing slash; no `base` means its real hosts.

    `ip_version` is 4 or 6 where requests must leave from an address of that kind, None where either will do.
    `egress` names the address they leave from, for the limits of exchanges; "" where there is none, as for practice.
    """

    base: str = ""
    futures: str = ""
    ip_version: int | None = None
    egress: str = ""

    @property
    def is_live(self) -> bool:
        return not self.base

    def origins(self, spec: ExchangeSpec) -> frozenset[Origin]:
        """Return where requests may go: scheme, host and port, whatever their path is."""
        return frozenset(origin_of(yarl.URL(address)) for address in self._addresses(spec))

    def urls(self, spec: ExchangeSpec) -> Mapping[str, object]:
        """Return what ccxt keeps as `urls['api']`: nothing else differs between live and practice."""
        return spec.bases(*self._addresses(spec))

    def _addresses(self, spec: ExchangeSpec) -> tuple[str, str]:
        base = self.base or spec.base
        return base, self.futures or (spec.futures if self.is_live else "") or base
