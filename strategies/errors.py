"""What flows refuse; every message is for the trader."""

from connections import proof


class BotsError(Exception):
    """A flow refused; the message is for the trader."""


class SettingsError(BotsError):
    """One setting cannot be used; `field` says which."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class RefusedError(BotsError):
    """The bot may not be enabled now; `code` is stable."""

    def __init__(self, refusal: proof.BotRefusal) -> None:
        super().__init__(refusal.text)
        self.code = refusal.code


class StillEnabledError(BotsError):
    pass


class OpenGroupsError(BotsError):
    """The bot has open groups, which would be left without anybody to look after them."""


class BotGoneError(BotsError):
    pass
