"""The key with which the writer signs batches (Ed25519, RFC 8032)."""

from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from skontro.files.writing import write_secret
from skontro.model import InputError, InvariantBroken

#: In the folder of a system.
KEY_FILE: Final = "signing.key"


def make_private_key(path: Path) -> Ed25519PrivateKey:
    """A new key in a new file that only its owner can read.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret(path, text)
    return key


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file.

    Raises:
        InputError: the file has no key, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise InputError(f"{path}: others may read this key; chmod 600 it")
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(f"{path}: the key cannot be read: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path}: this is not an Ed25519 key")
    return key


def public_text(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """The public key as 64 hexadecimal digits."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def public_key(text: str) -> Ed25519PublicKey:
    """The inverse of `public_text`.

    Raises:
        InputError: it is not such a key.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise InputError(f"{text!r} is not a public key of 64 hexadecimal digits") from None


def refuse_other_key(recorded: str, trusted: str | None) -> None:
    """Check that a record names the trusted key, if there is one.

    Args:
        recorded: public key that the record names, as text.
        trusted: the key of the system from another source; None if unknown.

    Raises:
        InvariantBroken: they differ: another party wrote or rewrote this record.
    """
    if trusted is not None and recorded.lower() != trusted.lower():
        evidence = f"it was signed with {recorded}, and the key of the system is {trusted}"
        raise InvariantBroken("the system signed the record", evidence)
