"""What the connection page works out before it is drawn: addresses compared, and what deleting or replacing means."""

from dataclasses import dataclass

from connections.check import addresses
from connections.records import Evidence


@dataclass(frozen=True, kw_only=True)
class AddressLine:
    """One address: ours and listed (ok), ours and not listed (missing), listed and not ours (foreign)."""

    address: str
    state: str


def compare_addresses(evidence: Evidence, ours: tuple[str, ...]) -> list[AddressLine]:
    """Compare the key's IP list with our addresses as they are now; [] when there is no list to compare."""
    entries = tuple(evidence.ip_list or ())
    if not entries:
        return []
    missing = set(addresses.missing(entries, ours))
    lines = [AddressLine(address=one, state="missing" if one in missing else "ok") for one in ours]
    return lines + [AddressLine(address=one, state="foreign") for one in addresses.foreign(entries, ours)]
