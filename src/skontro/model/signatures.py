"""Signatures of records and of people (Ed25519, RFC 8032)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_signed(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's over the content.

    Example:
        >>> is_signed(private.public_key(), content, private.sign(content))
        True
    """
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
