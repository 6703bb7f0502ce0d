"""A strategy for freqtrade that enters at once and leaves as soon as it may."""

from freqtrade.strategy import IStrategy
from pandas import DataFrame


class Once(IStrategy):  # type: ignore[misc]  # freqtrade is not installed where types are checked
    """Enter with every candle; any profit above a loss of nine tenths is enough to leave."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {"0": -0.9}
    stoploss = -0.99
    process_only_new_candles = False
    startup_candle_count = 0

    def populate_indicators(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        return dataframe
