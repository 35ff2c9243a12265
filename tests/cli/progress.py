"""Which steps a command says it is at."""

#: Name of the step, how much of it is done, and how much there is.
Step = tuple[str, int | None, int | None]
