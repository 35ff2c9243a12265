"""Settings of every process that looks for a fault: a fault shows in the first test that fails.

So nothing is made smaller or kept for later. A process that asks for far more memory than the tests
need is refused it: a loop without an end would else take all that the machine has.
"""

import resource

from hypothesis import Phase, settings

#: Address space of one process. The tests use 3 GiB of it, most of it never touched.
_MAX_MEMORY = 8 << 30


def be_brief() -> None:
    """Let Hypothesis stop at the first failure. Before any test module is imported."""
    settings.register_profile(
        "mutants", phases=(Phase.explicit, Phase.generate), database=None, parent=settings.default
    )
    settings.load_profile("mutants")


def limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MAX_MEMORY if hard == resource.RLIM_INFINITY else min(_MAX_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
