import stat
from pathlib import Path

import pytest

from backfuture import keys


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    assert keys.make_keys(tmp_path / "keys")
    before = {path: path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()}

    assert not keys.make_keys(tmp_path / "keys")

    assert {path: path.read_bytes() for path in before} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o400}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert len(set(before.values())) == len(before) == 4


@pytest.mark.parametrize("lost", ["secret_key", "fingerprint_key", "vault.pub"])
def test_a_lost_key_is_never_replaced_in_silence(tmp_path: Path, lost: str) -> None:
    keys.make_keys(tmp_path)
    (tmp_path / lost).unlink()

    with pytest.raises(keys.KeysError, match="backup"):
        keys.make_keys(tmp_path)

    assert not (tmp_path / lost).exists()
