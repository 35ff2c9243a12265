"""The long fuzzing run of messages: coverage-guided by Atheris where it is installed.

    python -m tests.fuzz.messages_campaign 100000 --seed 7
    python -m tests.fuzz.messages_campaign 100000 --atheris CORPUS

Inputs come from the same mutations; with Atheris its own ones too. The first fault ends the run,
and the input is written to ``fault.xml``.
"""

import argparse
import random
import sys
import time
from pathlib import Path


def checked(content: bytes) -> None:
    """Check an input, and keep it where it is a fault."""
    from tests.fuzz.message_properties import VIEWS, check_input

    try:
        check_input(content, [VIEWS[len(content) % 2]])
    except BaseException:
        Path("fault.xml").write_bytes(content)
        raise


def run(count: int, seed: int) -> None:
    """So many inputs, mutated from the seeds and from earlier inputs."""
    from tests.fuzz.mutated_messages import mutated, seeds

    draw = random.Random(seed)
    pool = [*seeds()]
    started = time.monotonic()
    for number in range(count):
        content = mutated(draw.choice(pool), draw)
        checked(content)
        if len(content) < 20_000 and draw.random() < 0.02:
            pool[draw.randrange(len(seeds()), len(pool) + 1) :] = [content]
            del pool[len(seeds()) + 500 :]
        if number % 10_000 == 9_999:
            rate = (number + 1) / (time.monotonic() - started)
            print(f"{number + 1:,} inputs, {rate:,.0f} a second", flush=True)  # noqa: T201
    print(f"{count:,} inputs without a fault (seed {seed})", flush=True)  # noqa: T201


def run_atheris(count: int, corpus: str) -> None:
    """So many inputs, chosen by the coverage of the package."""
    import atheris

    with atheris.instrument_imports(include=["skontro.messages"]):
        from tests.fuzz.message_properties import check_input
        from tests.fuzz.mutated_messages import mutated, seeds
    check_input(b"")
    folder = Path(corpus)
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(seeds()):
        (folder / f"seed-{number}.xml").write_bytes(content)

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        draw = random.Random(seed)
        if draw.random() < 0.2:
            return bytes(atheris.Mutate(content, most))
        return mutated(content or draw.choice(seeds()), draw)[:most]

    arguments = [sys.argv[0], f"-runs={count}", "-max_len=20000", str(folder)]
    atheris.Setup(arguments, checked, custom_mutator=mutate)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", metavar="CORPUS")
    given = parser.parse_args()
    if given.atheris:
        run_atheris(given.count, given.atheris)
    else:
        run(given.count, given.seed)


if __name__ == "__main__":
    main()
