"""Compare the addresses on a key's IP list with ours."""

import ipaddress
import re


def covers(entry: str, address: str) -> bool:
    """Say whether an entry of an IP list admits the address; entries may be ranges or masked like 203.**.154."""
    if "*" in entry:
        parts = [re.escape(part) for part in re.split(r"\*+", entry)]
        return re.fullmatch("[0-9a-fA-F.:]*".join(parts), address) is not None
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(entry.strip(), strict=False)
    except ValueError:
        return entry.strip().lower() == address.lower()


def foreign(entries: tuple[str, ...], ours: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entries that admit none of our addresses."""
    return tuple(entry for entry in entries if not any(covers(entry, address) for address in ours))


def missing(entries: tuple[str, ...], ours: tuple[str, ...]) -> tuple[str, ...]:
    """Return our addresses that no entry admits."""
    return tuple(address for address in ours if not any(covers(entry, address) for entry in entries))
