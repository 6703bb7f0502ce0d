"""Compare the addresses on a key's IP list with ours."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass


def covers(entry: str, address: str) -> bool:
    """Say whether an entry of an IP list admits the address; entries may be ranges or masked like 203.**.154."""
    if "*" in entry:
        parts = [re.escape(part) for part in re.split(r"\*+", entry)]
        return re.fullmatch("[0-9a-fA-F.:]*".join(parts), address) is not None
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(entry.strip(), strict=False)
    except ValueError:
        return entry.strip().lower() == address.lower()


def foreign(entries: Sequence[str], ours: Sequence[str]) -> tuple[str, ...]:
    """Return the entries that admit none of our addresses."""
    return tuple(entry for entry in entries if not any(covers(entry, address) for address in ours))


@dataclass(frozen=True, kw_only=True)
class AddressLine:
    """One address: ours and listed (ok), ours and not listed (missing), listed and not ours (foreign)."""

    address: str
    state: str


def compare(entries: Sequence[str], ours: Sequence[str]) -> list[AddressLine]:
    """Return a line for each of our addresses, then one for each foreign entry; [] when there is no list to compare."""
    if not entries:
        return []
    states = {one: "ok" if any(covers(entry, one) for entry in entries) else "missing" for one in ours}
    states |= dict.fromkeys(foreign(entries, ours), "foreign")
    return [AddressLine(address=address, state=state) for address, state in states.items()]
