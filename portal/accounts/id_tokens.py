"""Believing an ID token, or not."""

from typing import Any

import jwt

#: How far the clocks of Okta and of this host may be apart, in seconds.
LEEWAY = 60
#: Okta signs with this; what the token itself names is not asked.
ALGORITHM = "RS256"
REQUIRED = ["iss", "aud", "sub", "exp", "iat", "nonce"]


class TokenRefusedError(Exception):
    """The token is not to be believed; the message says why, for the trail."""


def key_id(token: str) -> str:
    """Which key the token says it is signed with. Raises TokenRefusedError."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise TokenRefusedError(f"not a signed token: {error}") from error
    if header.get("alg") != ALGORITHM:
        raise TokenRefusedError(f"signed with {header.get('alg')!r} and not {ALGORITHM}")
    return str(header.get("kid", ""))


def read(
    token: str, keys: dict[str, Any], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of a token that Okta made for this sign-in. Raises TokenRefusedError."""
    wanted = key_id(token)
    found = [key for key in keys.get("keys", []) if key.get("kid") == wanted]
    if not wanted or not found:
        raise TokenRefusedError("signed with a key that the issuer does not publish")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(found[0], algorithm=ALGORITHM).key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise TokenRefusedError(f"{type(error).__name__}: {error}") from error
    if claims["nonce"] != nonce or not nonce:
        raise TokenRefusedError("the nonce is that of another sign-in")
    if isinstance(claims["aud"], list) and claims.get("azp", client_id) != client_id:
        raise TokenRefusedError("authorized for another app")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenRefusedError("it names nobody")
    return claims
