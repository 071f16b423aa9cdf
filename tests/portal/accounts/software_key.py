"""A security key without hardware: what a browser would send for it, byte by byte."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN, RP_ID = "http://localhost:8000", "localhost"
_FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass
class SoftwareKey:
    """`origin` is what the browser says of the page, `rp_id` whom the key believes to talk to."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: os.urandom(16))

    def register(self, options: str, *, origin: str = ORIGIN, rp_id: str = RP_ID) -> dict[str, Any]:
        """What the page sends back for `data-key-options` of a form that adds a key."""
        public = ES256.from_cryptography_key(  # type: ignore[no-untyped-call]  # fido2's
            self.private.public_key()
        )
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        flags = _FLAGS | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(_hash(rp_id), flags, 0, bytes(made))
        client = self._client("webauthn.create", options, origin)
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            clientDataJSON=websafe_encode(client), attestationObject=websafe_encode(attestation)
        )

    def sign(self, options: str, *, origin: str = ORIGIN, rp_id: str = RP_ID) -> dict[str, Any]:
        """What the page sends back for `data-key-options` of a form that asks for a key."""
        data = AuthenticatorData.create(_hash(rp_id), _FLAGS, 1)
        client = self._client("webauthn.get", options, origin)
        signature = self.private.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
        )

    def _client(self, kind: str, options: str, origin: str) -> CollectedClientData:
        challenge = json.loads(options)["publicKey"]["challenge"]
        return CollectedClientData.create(kind, challenge, origin)

    def _answer(self, **response: str) -> dict[str, Any]:
        me = websafe_encode(self.id)
        return {
            "id": me,
            "rawId": me,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }


def _hash(rp_id: str) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest()
