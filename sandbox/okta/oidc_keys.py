"""The key that ID tokens are signed with, made once a process."""

import json
import threading

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.web import Json

KEY_ID = "sandbox-key-1"


class Keys:
    """Made when first needed: most tests never sign in."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None
        self._lock = threading.Lock()

    @property
    def private(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def public(self) -> Json:
        found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**found, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}

    def sign(self, claims: Json) -> str:
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": KEY_ID})
