"""A process that checks signatures for the service, until its input ends.

Each frame on standard input holds requests; each frame on standard output holds their results. A
result is the key id and the covered digests, or None and the reason of the refusal. The first frame
holds the keys, and so does every later frame that is a dictionary: its keys replace the earlier
ones, and it gets no answer.
"""

import marshal
import signal
import struct
import sys
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.service.auth.signatures import Message, NotSigned, SignatureCheck, Signed

#: Before each frame, its length in bytes.
LENGTH: Final = struct.Struct(">I")

Verdict = tuple[Signed | None, str]


def frame(content: Any) -> bytes:  # noqa: ANN401  any value that marshal writes
    """A framed message between two processes of the same program."""
    packed = marshal.dumps(content)
    return LENGTH.pack(len(packed)) + packed


def unframed(packed: bytes) -> Any:  # noqa: ANN401  the framed value
    """The inverse of `frame`, without the length."""
    return marshal.loads(packed)


def _read(stream: BinaryIO) -> Any:  # noqa: ANN401  the framed value; None at the end
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return unframed(stream.read(LENGTH.unpack(head)[0]))


def _verdict(check: SignatureCheck, message: Message) -> Verdict:
    try:
        return check.check(message), ""
    except NotSigned as error:
        return None, str(error)


def main() -> None:
    """Check requests from standard input."""
    # The service ends first, and in order, if both are interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    check = SignatureCheck({})
    while (content := _read(sys.stdin.buffer)) is not None:
        if isinstance(content, dict):
            check = SignatureCheck(
                {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in content.items()}
            )
            continue
        sys.stdout.buffer.write(frame([_verdict(check, message) for message in content]))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
