"""The academy's signature: one Ed25519 key for receipts, checkpoints and the ledger's head."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dalil.errors import RecordsError
from dalil.ledger.files import create_once, told

PRIVATE = "signing.pem"
PUBLIC_SUFFIX = ".pub"


class Signer:
    """Signs with ``signing.pem`` (PKCS 8, 0600, made on first use) in the folder *keys*.

    The public half lies beside it as ``<key id>.pub`` (PEM), so that whoever holds only the public
    files can verify, and old signatures stay valid when the academy starts a new private key.
    """

    def __init__(self, keys: Path) -> None:
        self.folder = keys
        self._private: Ed25519PrivateKey | None = None
        self._public: dict[str, Ed25519PublicKey] = {}

    @property
    def key_id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the raw public key."""
        return _key_id(self._key().public_key())

    def sign(self, message: bytes) -> str:
        """The signature of *message* as 128 hexadecimal digits. Raises RecordsError."""
        return self._key().sign(message).hex()

    def verify(self, message: bytes, signature: str, key_id: str) -> bool:
        """Whether *signature* is the academy's on *message*; False for whatever is malformed."""
        public = self.public(key_id)
        if public is None:
            return False
        try:
            public.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        # fromhex also takes capitals and blanks: one signature has one spelling.
        return signature == bytes.fromhex(signature).hex()

    def public(self, key_id: str) -> Ed25519PublicKey | None:
        """The public key of that id, if the academy has ever signed with it."""
        if key_id not in self._public:
            self._public |= self._published()
        return self._public.get(key_id)

    def _published(self) -> dict[str, Ed25519PublicKey]:
        found: dict[str, Ed25519PublicKey] = {}
        with told(self.folder):
            for path in sorted(self.folder.glob(f"*{PUBLIC_SUFFIX}")):
                try:
                    key = serialization.load_pem_public_key(path.read_bytes())
                except ValueError as error:
                    raise RecordsError(f"{path}: not a public key in PEM; restore it") from error
                if isinstance(key, Ed25519PublicKey):
                    found[_key_id(key)] = key
        return found

    def _key(self) -> Ed25519PrivateKey:
        if self._private is None:
            path = self.folder / PRIVATE
            try:
                key = serialization.load_pem_private_key(create_once(path, _new_key), None)
            except (ValueError, TypeError) as error:
                raise RecordsError(f"{path}: not a private key in PEM; restore it") from error
            if not isinstance(key, Ed25519PrivateKey):
                raise RecordsError(f"{path}: not an Ed25519 key; restore it")
            public = key.public_key()
            create_once(self.folder / f"{_key_id(public)}{PUBLIC_SUFFIX}", lambda: _pem(public))
            self._private = key
        return self._private


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
