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
    assert len(set(before.values())) == len(before) == 6


@pytest.mark.parametrize("lost", ["secret_key", "fingerprint_key", "vault.pub", "push.key"])
def test_a_lost_key_is_never_replaced_in_silence(tmp_path: Path, lost: str) -> None:
    keys.make_keys(tmp_path)
    (tmp_path / lost).unlink()

    with pytest.raises(keys.KeysError, match="backup"):
        keys.make_keys(tmp_path)

    assert not (tmp_path / lost).exists()


def test_an_installation_from_before_gets_the_push_key_and_keeps_the_others(tmp_path: Path) -> None:
    keys.make_keys(tmp_path)
    for name in ("push.key", "push.pub"):
        (tmp_path / name).unlink()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert keys.make_keys(tmp_path)

    assert {path: path.read_bytes() for path in before} == before
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("push.key", "push.pub")} == {0o400}


def test_the_public_half_of_the_push_key_is_made_anew_out_of_the_private_one(tmp_path: Path) -> None:
    keys.make_keys(tmp_path)
    before = (tmp_path / "push.pub").read_bytes()
    (tmp_path / "push.pub").unlink()

    assert keys.make_keys(tmp_path)

    assert (tmp_path / "push.pub").read_bytes() == before
