"""The one way to exchanges: ccxt, its session and its loop, each answer seen raw."""
