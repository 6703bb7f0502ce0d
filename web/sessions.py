"""Sessions in the database; what cannot be the key of one never reaches it."""

from re import compile as pattern

from django.contrib.sessions.backends import db

KEY = pattern(r"[a-z0-9]{32}")


class SessionStore(db.SessionStore):
    """Django asks the database for any eight characters; PostgreSQL fails on a NUL among them."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and KEY.fullmatch(key))
