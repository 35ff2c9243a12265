"""Progress: on the error stream of a terminal, and nowhere else."""

import pytest

from skontro.cli.terminal import step_progress


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_is_shown_on_the_error_stream_of_a_terminal_unless_quiet(
    quiet: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with step_progress(quiet=quiet) as tell:
        tell("settling", 1, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("settling" in shown.err) != quiet
    assert ("50%" in shown.err) != quiet


def test_where_nobody_can_see_it_there_is_no_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with step_progress(quiet=False) as tell:
        tell("settling", 1, 2)
    assert capsys.readouterr() == ("", "")
