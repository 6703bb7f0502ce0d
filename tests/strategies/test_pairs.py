import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.pairs import PairsError, read_pairs, read_stored


@pytest.mark.parametrize(
    "typed",
    [
        "btc/usdt, eth/usdt",
        "BTC-USDT\nETH-USDT",
        "BTCUSDT ethusdt",
        "BINANCE:BTCUSDT, KUCOIN:ETH-USDT",
        "BTCUSDT.P ETHUSDT.P",
        " BTC_USDT;ETH_USDT ",
        "BTC/USDT ETH-USDT",
        "ｂｔｃ／ｕｓｄｔ、ETH－USDT",
        "BTC/USDT，ETH/USDT",
    ],
)
def test_it_reads_pairs_however_they_are_written(typed: str) -> None:
    assert read_pairs(typed) == ("BTC/USDT", "ETH/USDT")


@pytest.mark.parametrize(
    ("typed", "pair"),
    [
        ("币安人生/USDT", "币安人生/USDT"),
        ("币安人生-usdt", "币安人生/USDT"),
        ("møth_usdt", "MØTH/USDT"),
        ("人生k线/usdt", "人生K线/USDT"),
        ("नमस्ते/USDT", "नमस्ते/USDT"),
        ("$nap/usdt", "$NAP/USDT"),
        ("cafe\u0301/usdt", "CAF\u00c9/USDT"),
    ],
)
def test_it_reads_coins_in_any_script(typed: str, pair: str) -> None:
    assert read_pairs(typed) == (pair,)


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "1 to 20"),
        (",; ", "1 to 20"),
        ("BTCXYZ", "“BTCXYZ” is not a pair"),
        ("BTC/USDT:USDT", "not a pair"),
        ("BTC/USDT, btc-usdt", "BTC/USDT is there twice"),
        ("USDT/USDT", "against itself"),
        ("BTC/USDT, ETH/BTC", "same money"),
        ("BTC/USD\u0000T", "not a pair"),
        ("BTC/US\u202eDT", "“BTC/USDT” is not a pair"),
        ("B\u200bTC/USDT", "not a pair"),
        ("BT<C/USDT", "not a pair"),
        ("BTC/USDT/USDC", "not a pair"),
        ("B'TC/USDT", "not a pair"),
        ("X" * 5000 + "/USDT", "…” is not a pair"),
        (" ".join(f"C{n}/USDT" for n in range(21)), "1 to 20"),
    ],
)
def test_it_refuses_what_is_no_list_of_pairs(typed: str, complaint: str) -> None:
    with pytest.raises(PairsError, match=complaint):
        read_pairs(typed)


@given(st.text(max_size=200))
def test_it_returns_pairs_or_refuses_whatever_is_typed(typed: str) -> None:
    try:
        pairs = read_pairs(typed)
    except PairsError:
        return
    assert read_pairs(", ".join(pairs)) == pairs


@pytest.mark.parametrize(("stored", "pairs"), [(["BTC/USDT", 5, None], ("BTC/USDT",)), (None, ()), ({"a": 1}, ())])
def test_it_reads_stored_pairs_and_leaves_out_what_is_no_text(stored: object, pairs: tuple[str, ...]) -> None:
    assert read_stored(stored) == pairs
