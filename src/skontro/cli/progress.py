"""Progress of long work, on the error stream, so that output can be piped on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Told which step is under way, and how much of how much of it is done.
StepProgress = Callable[[str, int, int], None]


@contextmanager
def step_progress(*, quiet: bool) -> Iterator[StepProgress]:
    """A bar that is gone when the work is done, or nothing at all where nobody can see it."""
    if quiet:
        yield lambda _step, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total
        )
