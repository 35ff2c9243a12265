"""``skontro link certificate``: certificates that a link was not committed, made offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.terminal import wrapped_by_terminal

if TYPE_CHECKING:
    from skontro.system.links.certificate import Certificate

#: Begins each certificate, so that an output never replaces another file.
_BEGINNING = b'{\n "format": "skontro certificate'

Output = Annotated[Path, typer.Option(help="File to write the certificate into.")]


def sign(
    *,
    link: Annotated[str, typer.Option(help="UUID of the link.")],
    terms: Annotated[
        str, typer.Option(help="SHA-256 of its terms, as `skontro link status` shows it.")
    ],
    decider: Annotated[str, typer.Option(help="Identifier of the system that decides the link.")],
    remark: Annotated[
        str, typer.Option(help="Why the record of the decider does not say so itself, in a line.")
    ],
    key: Annotated[Path, typer.Option(help="Private key of an officer of the decider, PEM.")],
    output: Output,
    overwrite: Overwrite = False,
) -> None:
    """Certify, as an officer of the decider, that a link was not committed and never will be.

    Needs no service and no network. A second officer signs the same, and `skontro link certificate
    join` puts both signatures together.
    """
    from skontro.ledger.keys import read_private_key
    from skontro.system.links.certificate import Certificate

    made = Certificate(link, terms, decider, remark).signed(read_private_key(key))
    _write(output, made, [key], overwrite=overwrite)
    typer.echo(f"Signed by {made.signatures[0].public_key}, written to {output}")


def join(
    files: Annotated[list[Path], typer.Argument(help="Two or more certificates of one link.")],
    *,
    output: Output,
    overwrite: Overwrite = False,
) -> None:
    """Join the signatures of several officers under one certificate."""
    from skontro.model import InputError
    from skontro.system.links.certificate import Certificate

    if len(files) < 2:
        raise InputError("name two certificates or more: this command joins their signatures")
    found = [read_certificate(file) for file in files]
    first = found[0]
    signatures = {one.public_key: one for each in found for one in each.signatures}
    for file, each in zip(files, found, strict=True):
        if each.to_bytes() != first.to_bytes():
            raise InputError(f"{file}: it certifies something else than {files[0]}")
    made = Certificate(
        first.link, first.terms, first.decider, first.remark, tuple(signatures.values())
    )
    _write(output, made, files, overwrite=overwrite)
    typer.echo(f"{len(made.signatures)} signatures written to {output}")


def check(
    file: Annotated[Path, typer.Argument(help="The certificate.")],
    *,
    contract: Annotated[
        Path, typer.Option(help="Contract with the decider, which names its officers.")
    ],
) -> None:
    """Check that two officers of the decider have signed a certificate.

    Ends with 0 if they have, and with 3 if not. `skontro propose end_link_in_doubt
    certificate=@FILE` brings it into a system that waits for the decision.
    """
    from skontro.cli.link import read_contract_file
    from skontro.model import InputError, ReasonCode

    found, agreed = read_certificate(file), read_contract_file(contract)
    sides = {side.system: side for side in agreed.sides}
    if found.decider not in sides:
        raise InputError(f"{contract}: {found.decider} is not a side of it")
    side = sides[found.decider]
    refusal = found.refusal(side)
    names = {one.public_key: one.name for one in side.officers}
    if refusal != ReasonCode.NONE:
        raise InputError(f"{file}: it certifies nothing: {refusal.explanation} [{refusal.name}]")
    signers = [names[one.public_key] for one in found.signatures]
    typer.echo(f"Link {found.link} was not committed, as officers of {found.decider} certify:")
    for name in signers:
        typer.echo(f"  {name}")
    typer.echo(f"  remark: {found.remark}")


def read_certificate(path: Path) -> Certificate:
    """A certificate from a JSON file.

    Raises:
        InputError: it cannot be read; the message names the file.
    """
    from skontro.files.json_reading import NotJsonError, read_json
    from skontro.files.reading import read_bytes
    from skontro.model import InputError
    from skontro.system.links.certificate import Certificate

    content = read_bytes(path)
    try:
        return Certificate.from_document(read_json(content))
    except (NotJsonError, InputError) as error:
        raise InputError(f"{path}: {error}") from None


def _write(path: Path, made: Certificate, inputs: list[Path], *, overwrite: bool) -> None:
    import json

    from skontro.files.writing import check_output_file, write_text

    check_output_file(
        path,
        inputs=inputs,
        overwrite=overwrite,
        is_own=lambda head: head.startswith(_BEGINNING),
    )
    write_text(path, json.dumps(made.to_document(), indent=1, ensure_ascii=False) + "\n")


certificate_app = typer.Typer(
    name="certificate",
    help="Certificates by two officers of a decider that a link was not committed.",
    no_args_is_help=True,
)
for _command in (sign, join, check):
    certificate_app.command(help=wrapped_by_terminal(_command.__doc__ or ""))(_command)
