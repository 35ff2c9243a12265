"""Public names of a package that load with their module on first use (PEP 562)."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def lazy_names(package: str, modules: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: its `__name__`.
        modules: the public names, by module. No name is that of a module in the package: loading
            the module would replace it.

    Example:
        >>> lazy_names("skontro", {"skontro.model.text": ("parse_date",)})("parse_date").__name__
        'parse_date'
    """

    def load(name: str) -> Any:  # noqa: ANN401  as PEP 562 has it
        for module, names in modules.items():
            if name in names:
                value = getattr(importlib.import_module(module), name)
                setattr(sys.modules[package], name, value)
                return value
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load
