"""The engine: ladders, risk, the add-on gate and Recovery Mode as pure functions."""
