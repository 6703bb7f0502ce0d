"""What flows refuse; the messages are for the trader."""


class ConnectionsError(Exception):
    """A flow refused; the message is for the trader."""


class DuplicateNameError(ConnectionsError):
    pass


class DuplicateKeyError(ConnectionsError):
    pass


class OwnerNotProvenError(ConnectionsError):
    pass


class AlreadyTestingError(ConnectionsError):
    pass


class NotDueError(ConnectionsError):
    pass


class TooManyChecksError(ConnectionsError):
    pass


class TooManyConnectionsError(ConnectionsError):
    pass


class ConnectionGoneError(ConnectionsError):
    pass


class NoKeyError(ConnectionsError):
    pass
