"""Which exchange a request is meant for: told by the host it names, by a port of the exchange's own, or by its path."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from practice.dialect import Dialect

FUTURES = "-futures"
LOCAL = ".localhost"


class Side(NamedTuple):
    """One of an exchange's hosts: spot, or futures where those have a host of their own."""

    slug: str
    name: str

    @property
    def label(self) -> str:
        return self.slug + (FUTURES if self.name == "futures" else "")


@dataclass(frozen=True)
class Address:
    """Where a request went: the host it names, and how much of its path is ours and not the exchange's.

    `is_real`: it names the exchange's own host, so nothing else can have been signed.
    """

    side: Side
    netloc: str
    prefix: str = ""
    is_real: bool = False


@dataclass
class Directory:
    """`ports` tell side and scheme of each port of an exchange's own; they are filled in as they are opened."""

    names: dict[str, Side]
    labels: dict[str, Side]
    ports: dict[int, tuple[Side, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, dialects: Iterable[Dialect]) -> "Directory":
        sides = {Side(dialect.slug, name): hosts for dialect in dialects for name, hosts in dialect.hosts.items()}
        names = {host: side for side, hosts in sides.items() for host in hosts}
        labels = {side.label: side for side in sides}
        # Also where futures share the host of spot: their base is asked for by the same name everywhere.
        alike = {Side(side.slug, "futures").label: Side(side.slug, "futures") for side in sides}
        return cls(names=names, labels={**alike, **labels})

    @property
    def sides(self) -> list[Side]:
        """Return the sides that have hosts of their own, in the order in which they get ports."""
        return list(dict.fromkeys(self.names.values()))

    def ports_of(self, side: Side) -> dict[str, int]:
        """Return the side's own ports by scheme."""
        return {scheme: port for port, (asked, scheme) in self.ports.items() if asked == side}

    def by_host(self, netloc: str, port: int) -> Address | None:
        """Find the exchange by the host that was named, else by the port that was asked; None for our own pages."""
        netloc = netloc.lower()
        host = netloc.partition(":")[0]
        if side := self.names.get(host):
            return Address(side, netloc, is_real=True)
        side = self.labels.get(host.removesuffix(LOCAL)) if host.endswith(LOCAL) else None
        side = side or (self.ports[port][0] if port in self.ports else None)
        return Address(side, netloc) if side else None

    def by_path(self, netloc: str, label: str) -> Address | None:
        side = self.labels.get(label)
        return Address(side, netloc.lower(), prefix=f"/{label}") if side else None
