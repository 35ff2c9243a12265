"""Lines that were traced are found again after the source has changed."""

from pathlib import Path

import pytest

pytest.importorskip("coverage")  # only `make mutants` needs it

from coverage import CoverageData

from tests.mutants.renumbering import moved_lines, renumber


def test_lines_move_with_their_text_and_changed_ones_with_their_change() -> None:
    old, new = ["a", "b", "c", "d", "e"], ["new", "a", "B", "C", "d"]
    assert moved_lines(old, new) == {1: 2, 2: 3, 3: 4, 4: 5}
    assert moved_lines(["a", "b", "c", "d"], ["a", "B", "d"]) == {1: 1, 2: 2, 3: 2, 4: 3}


def test_what_was_traced_is_noted_under_the_lines_as_they_are(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    texts = {"some.py": ("a\nb\nc\n", "a\nnew\nb\nc\n"), "same.py": ("a\n", "a\n")}
    for name, (old, new) in texts.items():
        for root, text in ((before, old), (after, new)):
            (root / "src").mkdir(parents=True, exist_ok=True)
            (root / "src" / name).write_text(text)
    (before / "src" / "gone.py").write_text("a\n")
    (after / "src" / "made.py").write_text("a\n")
    data = CoverageData(str(tmp_path / "lines"))
    for test, lines in (("one", {1, 2}), ("two", {3})):
        data.set_context(test)
        data.add_lines({str(after / "src" / "some.py"): lines})
        data.add_lines({str(after / "src" / name): {1} for name in ("same.py", "gone.py")})
    data.write()
    data.close()

    renumber(tmp_path / "lines", before, after)

    changed = CoverageData(str(tmp_path / "lines"))
    changed.read()
    contexts = changed.contexts_by_lineno(str(after / "src" / "some.py"))
    assert contexts == {1: ["one"], 3: ["one"], 4: ["two"]}
    same = changed.contexts_by_lineno(str(after / "src" / "same.py"))
    assert {line: sorted(tests) for line, tests in same.items()} == {1: ["one", "two"]}
    names = sorted(path.name for path in (before / "src").iterdir())
    assert names == ["made.py", "same.py", "some.py"]
    assert (before / "src" / "some.py").read_text() == texts["some.py"][1]
