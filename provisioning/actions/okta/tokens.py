"""Access tokens for Okta, kept in the process for as long as they are good."""

from time import monotonic

#: A token is good for an hour; it is not used in its last quarter.
_SECONDS = 45 * 60
#: The one key of the SDK's cache that is kept; under others it would keep answers.
_KEY = "OKTA_ACCESS_TOKEN"


class TokenCache:
    """A cache for the SDK's executor that keeps the access token, and no answers."""

    def __init__(self) -> None:
        self._kept: tuple[object, float] | None = None

    def create_key(self, url: str) -> str:
        return url

    def contains(self, key: str) -> bool:
        return key == _KEY and self._kept is not None and monotonic() < self._kept[1]

    def get(self, key: str) -> object:
        return self._kept[0] if key == _KEY and self._kept is not None else None

    def add(self, key: str, value: object) -> None:
        if key == _KEY:
            self._kept = value, monotonic() + _SECONDS

    def delete(self, key: str) -> None:
        if key == _KEY:
            self.clear()

    def clear(self) -> None:
        self._kept = None


_caches: dict[tuple[str, str], TokenCache] = {}


def tokens_of(org_url: str, client_id: str) -> TokenCache:
    """The cache for one organisation and client: a token must never reach another address."""
    return _caches.setdefault((org_url, client_id), TokenCache())
