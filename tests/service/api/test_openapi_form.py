"""The form of the API, all of it: parameters, limits, fields, statuses, and who may call.

`python -m tests.service.api.test_openapi_form` writes it anew where it was changed on purpose.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from skontro.service.api.app import make_app

FILE = Path(__file__).with_name("openapi_form.json")
#: Words for people, which may change at any time; other tests see that they are there.
_WORDS = {"description", "summary", "title", "examples", "example"}


def form(node: Any) -> Any:
    """A part of the document without words for people."""
    if isinstance(node, dict):
        names = node.keys() if "properties" not in node else {*node} - _WORDS
        return {
            name: {key: form(child) for key, child in node[name].items()}
            if name in ("properties", "schemas", "paths")
            else form(node[name])
            for name in names
            if name not in _WORDS
        }
    if isinstance(node, list):
        return [form(child) for child in node]
    return node


def current() -> dict[str, Any]:
    document = json.loads(json.dumps(make_app().openapi()))
    found = form({name: document[name] for name in ("paths", "components")})
    found["tags"] = [one["name"] for one in document["tags"]]
    found["license"], found["servers"] = document["info"]["license"], document["servers"][0]["url"]
    return dict(found)


def parts(found: dict[str, Any]) -> dict[str, Any]:
    """Operations and schemas by name, so that a difference is shown where it is."""
    by_name = {
        f"{method} {path}": operation
        for path, item in found["paths"].items()
        for method, operation in item.items()
    }
    by_name |= found["components"]["schemas"]
    return by_name | {name: found[name] for name in ("tags", "license", "servers")}


CURRENT = parts(current())
APPROVED: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}


@pytest.mark.parametrize("name", sorted(CURRENT.keys() | APPROVED.keys()))
def test_the_form_is_as_it_was_approved(name: str) -> None:
    assert CURRENT.get(name) == APPROVED.get(name)


def test_the_first_sentence_of_a_route_is_its_summary_and_the_rest_describes_it() -> None:
    paths = json.loads(json.dumps(make_app().openapi()))["paths"]
    order, live = paths["/v1/orders"]["post"], paths["/health/live"]["get"]
    first = "Submit one order; it is answered when its first outcome is durable"
    assert order["summary"] == first
    assert order["description"].startswith("The same order again gets the same response;")
    said = "Report that the process responds"
    assert (live["summary"], live["description"]) == (said, f"{said}.")


def _write() -> None:
    """One line for each part, so that a change shows as one."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(part, sort_keys=True)}"
        for name, part in sorted(CURRENT.items())
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    _write()
