"""Objects that hold arrays are compared by identity: `==` of arrays is an array, not an answer."""

import importlib
import inspect
import pkgutil

import attrs

import skontro

_ARRAYS = ("ndarray", "NDArray", "DataFrame", "Int64s", "Records")
#: These are compared by all that they hold, where tests look at what was read or written.
_BY_VALUE = {"Commands", "_Node", "Scenario", "Inputs", "Results"}


def test_what_holds_arrays_is_compared_by_identity() -> None:
    by_value, by_identity = set(), set()
    for found in pkgutil.walk_packages(skontro.__path__, "skontro."):
        if found.name.endswith("__main__"):
            continue
        for one in vars(importlib.import_module(found.name)).values():
            if inspect.isclass(one) and one.__module__ == found.name and attrs.has(one):
                types = [str(field.type) for field in attrs.fields(one)]
                if any(word in text for text in types for word in _ARRAYS):
                    same = one.__eq__ is object.__eq__
                    (by_identity if same else by_value).add(one.__name__)
    assert by_value == _BY_VALUE
    assert {"Decisions", "AccountHolders"} < by_identity
