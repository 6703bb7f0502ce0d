"""All that one running practice server holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from practice.dialect import Dialect
from practice.dialects import BY_SLUG
from practice.http.directory import Directory
from practice.http.faults import FaultBook
from practice.http.pending import Pending
from practice.http.traffic import Traffic
from practice.tryout import seed_world
from practice.world.world import Key, World


@dataclass
class Practice:
    """`latency` is in ms, by slug, with "" for all; `own_ips` is the IP list of the good keys."""

    world: World
    dialects: Mapping[str, Dialect] = field(default_factory=lambda: BY_SLUG)
    faults: FaultBook = field(default_factory=FaultBook)
    traffic: Traffic = field(default_factory=Traffic)
    pending: Pending = field(default_factory=Pending)
    latency: dict[str, int] = field(default_factory=dict)
    control_token: str = ""
    own_ips: tuple[str, ...] = ("127.0.0.1",)
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        self.directory = Directory.of(self.dialects.values())

    def start(self) -> None:
        with self.world.store.together():
            for dialect in self.dialects.values():
                seed_world(self.world, dialect, self.own_ips)
        self.faults.seed = self.world.market.seed
        for key in self.world.keys.values():
            self.faults.keep(key.id, key.faults)

    def save_key(self, key: Key) -> Key:
        self.faults.keep(key.id, key.faults)
        return self.world.save_key(key)

    def latency_of(self, slug: str, api_key: str | None) -> int:
        key = self.world.key(slug, api_key) if api_key else None
        if key is not None and key.latency is not None:
            return key.latency
        return self.latency.get(slug, self.latency.get("", 0))
