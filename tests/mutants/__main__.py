"""Put faults into the source and see whether the fast tests notice.

python -m tests.mutants                    15 faults in the lines changed since main
python -m tests.mutants --whole --seed 7   120 faults anywhere
"""

import argparse
import random
import secrets
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tests.mutants.forks import Forks
from tests.mutants.operators import Mutant, mutants_of
from tests.mutants.reached import Reached, trace
from tests.mutants.trees import Tree, Verdict

_FOLDER = Path(".mutants")
_SOURCE = Path("src/skontro")


def main() -> int:
    options = _options()
    equivalent = _equivalent()
    places = None if options.whole else _changed_lines(options.since)
    candidates = _candidates(places, equivalent)
    count = options.count or (120 if options.whole else 15)
    drawn = _draw(candidates, count, random.Random(options.seed))
    if options.only:
        drawn = [m for m in drawn if options.only in m.file]
    lines = len({(m.file, m.line) for m in candidates})
    print(f"Seed {options.seed}: {len(drawn)} faults of {len(candidates)} in {lines} lines")
    if options.show:
        print(*(m.diff() for m in drawn), sep="\n")
    if not drawn or options.show:
        return 0
    trees = [Tree(_FOLDER / f"tree-{number}") for number in range(options.workers)]
    reached = trace(_FOLDER / "reached", trees[0], options.workers, anew=options.trace)
    verdicts = _test_all(drawn, reached, trees, Tree(_FOLDER / "forks"))
    return _summarise(verdicts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--whole", action="store_true", help="draw from the whole source")
    parser.add_argument("--since", help="draw from lines changed since this commit")
    parser.add_argument("--count", type=int, help="how many faults: 15, or 120 of the whole")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help="of what was drawn, only files with this in their path")
    parser.add_argument("--trace", action="store_true", help="note anew which test runs what")
    parser.add_argument("--show", action="store_true", help="only show what is drawn")
    return parser.parse_args()


def _equivalent() -> set[tuple[str, str, str, str]]:
    table = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())
    entries = table.get("equivalent", [])
    for entry in entries:
        if not entry["why"]:
            raise SystemExit(f"no reason is given for {entry}")
    return {(e["file"], e["function"], e["before"], e["after"]) for e in entries}


def _candidates(
    places: dict[str, set[int]] | None, equivalent: set[tuple[str, str, str, str]]
) -> list[Mutant]:
    files = sorted(_SOURCE.rglob("*.py")) if places is None else map(Path, sorted(places))
    return [
        mutant
        for path in files
        for mutant in mutants_of(path.as_posix(), path.read_text())
        if (places is None or mutant.line in places[mutant.file])
        and (mutant.file, mutant.function, mutant.before, mutant.after) not in equivalent
    ]


def _draw(candidates: list[Mutant], count: int, chance: random.Random) -> list[Mutant]:
    """Lines by chance, and in each of them one fault by chance."""
    by_line: dict[tuple[str, int], list[Mutant]] = {}
    for mutant in candidates:
        by_line.setdefault((mutant.file, mutant.line), []).append(mutant)
    lines = list(by_line)
    chance.shuffle(lines)
    drawn = []
    for line in lines:
        mutant = chance.choice(by_line[line])
        if mutant.is_a_fault():
            drawn.append(mutant)
        if len(drawn) == count:
            break
    return drawn


def _changed_lines(since: str | None) -> dict[str, set[int]]:
    """Lines of the source that differ from main, or from the last commit but one on main itself."""
    if since is None:
        for base in ("origin/main", "main", "HEAD~1"):
            found = _git("merge-base", base, "HEAD").strip()
            since = found or "HEAD"
            if found and _git("diff", "--name-only", found, "--", str(_SOURCE)).strip():
                break
    places: dict[str, set[int]] = {}
    file = ""
    for line in _git("diff", "-U0", "--no-color", since, "--", str(_SOURCE)).splitlines():
        if line.startswith("+++ "):
            file = line[6:] if line.startswith("+++ b/") else ""
        elif line.startswith("@@") and file.endswith(".py"):
            first, _, length = line.split("+")[1].split(" ")[0].partition(",")
            places.setdefault(file, set()).update(
                range(int(first), int(first) + int(length or "1"))
            )
    for name in _git("ls-files", "--others", "--exclude-standard", str(_SOURCE)).splitlines():
        if name.endswith(".py"):
            places[name] = set(range(1, 1 + len(Path(name).read_text().splitlines())))
    return places


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout


def _test_all(
    drawn: list[Mutant], reached: Reached, trees: list[Tree], still: Tree
) -> list[tuple[Mutant, Verdict]]:
    # Before any fault is put in: the lines are looked up in a copy.
    chosen = {mutant: _tests_for(mutant, reached) for mutant in drawn}
    by_import = {m: reached.is_run_by_import(m.file, m.line) for m in drawn}
    free: Queue[tuple[int, Tree]] = Queue()
    for slot, tree in enumerate(trees):
        tree.prepare(trees[0])
        free.put((slot, tree))
    still.prepare(trees[0])
    said = threading.Lock()
    verdicts: dict[Mutant, Verdict] = {}

    def say(mutant: Mutant, verdict: Verdict) -> None:
        with said:
            verdicts[mutant] = verdict
            word = "found   " if verdict.found else "SURVIVED"
            print(
                f"[{len(verdicts):3}/{len(drawn)}] {word} {verdict.seconds:6.1f} s"
                f" of {len(chosen[mutant][0]):4} tests"
                f"  {mutant.file}:{mutant.line}  {verdict.by}",
                flush=True,
            )

    def judge_quickly(mutant: Mutant) -> None:
        slot, tree = free.get()
        tests, _ = chosen[mutant]
        try:
            verdict = forks.test(mutant, tests, slot, anew=by_import[mutant]) if tests else None
        finally:
            free.put((slot, tree))
        if verdict is not None:
            say(mutant, verdict)

    def judge(mutant: Mutant) -> None:
        slot, tree = free.get()
        try:
            verdict = tree.test(mutant, *chosen[mutant])
        finally:
            free.put((slot, tree))
        say(mutant, verdict)

    with ThreadPoolExecutor(len(trees)) as pool:
        with Forks(still.path, still.environment()) as forks:
            list(pool.map(judge_quickly, drawn))
        doubtful = [mutant for mutant in drawn if mutant not in verdicts]
        print(f"{len(doubtful)} are tested once more, each in a process of its own:", flush=True)
        list(pool.map(judge, doubtful))
    return [(mutant, verdicts[mutant]) for mutant in drawn]


def _tests_for(mutant: Mutant, reached: Reached) -> tuple[dict[str, float], dict[str, float]]:
    """Tests that run the line, and those that are run if none of these notices the fault.

    Those are none where the line is in a function. What runs at import acts on more than is seen.
    """
    names = reached.at_line(mutant.file, mutant.line)
    rest = set[str]()
    if reached.runs_at_import(mutant.file, mutant.line):
        rest = reached.tests.keys() - names
    return _in_order(names, reached), _in_order(rest, reached)


def _in_order(names: set[str], reached: Reached) -> dict[str, float]:
    """File by file, those first that take the least time."""
    names = {n for n in names if not reached.tests[n]["failed"]}
    names = {n for n in names if Path(n.partition("::")[0]).exists()}
    of_file: Counter[str] = Counter()
    for name in names:
        of_file[name.partition("::")[0]] += reached.tests[name]["seconds"]
    ordered = sorted(
        names,
        key=lambda n: (of_file[n.partition("::")[0]], n.partition("::")[0],
                       reached.tests[n]["seconds"], n),
    )  # fmt: skip
    return {name: reached.tests[name]["seconds"] for name in ordered}


def _summarise(verdicts: list[tuple[Mutant, Verdict]]) -> int:
    survivors = [(mutant, verdict) for mutant, verdict in verdicts if not verdict.found]
    for mutant, verdict in survivors:
        print(f"\n{verdict.by or 'all tests that run it passed'}")
        print(mutant.diff(), end="")
    seconds = sum(verdict.seconds for _, verdict in verdicts)
    found = len(verdicts) - len(survivors)
    print(
        f"\n{found} of {len(verdicts)} found ({found / len(verdicts):.1%}), "
        f"{seconds / len(verdicts):.1f} s each"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(code)
