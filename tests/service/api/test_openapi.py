"""The OpenAPI document by itself: valid, complete, and with examples that fit it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from skontro.ledger.receipts import check_receipt
from skontro.service.api.app import make_app
from skontro.service.api.proposal_schemas import OF_CASES
from skontro.service.tables.transfer import FORMS
from skontro.system import ACTION_RULES
from tests.service.auth.test_authorization import CALLERS, FORBIDDEN, MATRIX, UNKNOWN

Json = dict[str, Any]

DOCUMENT: Json = json.loads(json.dumps(make_app().openapi()))
PARTICIPANT = {"signature_input": [], "signature": []}
OPERATOR = {"operator_token": []}


def operations() -> list[tuple[str, str, Json]]:
    return [
        (method.upper(), path, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    ]


def nodes(value: object, place: str = "#") -> Iterator[tuple[str, Json]]:
    """All objects of the document, each with its place."""
    if isinstance(value, dict):
        yield place, value
        for key, child in value.items():
            yield from nodes(child, f"{place}/{key}")
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from nodes(child, f"{place}/{number}")


def resolve(reference: str) -> object:
    assert reference.startswith("#/"), reference
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def contents() -> Iterator[tuple[str, str, Json]]:
    """Bodies of requests and answers: where, in which media type, with schema and examples."""
    for _, _, operation in operations():
        name = operation["operationId"]
        bodies = [("request", operation["requestBody"])] if "requestBody" in operation else []
        for place, body in [*bodies, *operation["responses"].items()]:
            for media, content in body["content"].items():
                if media in FORMS:  # tables have no form in JSON
                    assert content == {"schema": {"type": "string", "format": "binary"}}
                    continue
                yield f"{name} {place}", media, content


def test_every_reference_resolves() -> None:
    references = [node["$ref"] for _, node in nodes(DOCUMENT) if "$ref" in node]
    assert "#/components/schemas/OrderIn" in references
    for reference in references:
        assert isinstance(resolve(reference), dict), reference


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate(DOCUMENT)


def test_every_body_has_examples_that_fit_its_schema() -> None:
    for place, media, content in contents():
        assert content.get("examples"), f"{place} has no example of {media}"
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
        for name, example in content["examples"].items():
            found = [error.message for error in validator.iter_errors(example["value"])]
            assert found == [], (place, name)


def test_formats_are_really_checked() -> None:
    """Without their libraries jsonschema lets every text pass as a moment or a date."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert {"date-time", "date"} <= checker.checkers.keys()


def test_amounts_in_examples_are_decimal_text() -> None:
    fields = {"amount", "balance", "opening_balance", "credit_line", "cover", "debit", "credit"}
    found = 0
    for place, media, content in contents():
        if media == "application/json":
            for _, node in nodes(content["examples"]):
                for field in fields & node.keys():
                    if node[field] is not None:
                        assert isinstance(node[field], str), (place, field)
                        text = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?( [A-Z]{3})?", node[field])
                        assert text, (place, field)
                        found += 1
    assert found > 30


def test_every_kind_of_action_has_an_example() -> None:
    (examples,) = (
        content["examples"] for place, _, content in contents() if place == "propose request"
    )
    taken = {*ACTION_RULES} - {*OF_CASES}  # those are done at /v1/cases
    assert {one["value"]["kind"] for one in examples.values()} == {str(one) for one in taken}


def test_the_receipt_in_the_examples_is_a_good_one() -> None:
    (examples,) = (
        content["examples"] for place, _, content in contents() if place == "get_receipt 200"
    )
    for example in examples.values():
        receipt = example["value"]
        assert check_receipt(receipt, receipt["public_key"]).batch == receipt["batch"]


def test_every_answer_is_typed() -> None:
    """No object without stated fields, but those that are free-form, which say so."""
    for place, media, content in contents():
        assert content["schema"].get("$ref") or media == "text/plain", place
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema.get("description") or "enum" in schema, name
        for field, node in schema.get("properties", {}).items():
            for _, part in nodes(node):
                if part.get("type") == "object" and "properties" not in part:
                    free = not isinstance(part["additionalProperties"], dict)
                    assert not free or node.get("description"), (name, field)


def test_errors_are_problem_documents() -> None:
    for method, path, operation in operations():
        for status, answer in operation["responses"].items():
            if path == "/v1/messages" and status in ("409", "422"):
                assert [*answer["content"]] == ["application/xml"]
            elif not status.startswith("2"):
                schema = {"$ref": "#/components/schemas/ProblemOut"}
                (media,) = answer["content"].items()
                assert media[0] == "application/problem+json", (method, path, status)
                assert media[1]["schema"] == schema


def test_one_spelling_of_the_idempotency_key() -> None:
    names = [
        parameter["name"]
        for _, _, operation in operations()
        for parameter in operation.get("parameters", [])
        if parameter["name"].lower() == "idempotency-key"
    ]
    assert len(names) >= 10
    assert set(names) == {"Idempotency-Key"}


def test_every_writing_operation_takes_an_idempotency_key() -> None:
    for method, path, operation in operations():
        names = {one["name"] for one in operation.get("parameters", [])}
        # A message has its own, as statements have; a code is not recorded.
        has_own_id = path in ("/v1/messages", "/v1/links/statements", "/v1/sign-in-codes")
        assert ("Idempotency-Key" in names) == (method != "GET" and not has_own_id), path


def test_everything_is_described() -> None:
    tags = {one["name"] for one in DOCUMENT["tags"] if one["description"]}
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids)
    for _, path, operation in operations():
        assert re.fullmatch(r"[a-z]+(_[a-z]+){0,3}", operation["operationId"])
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])
            has = "example" in parameter or "examples" in parameter["schema"]
            assert has or "examples" in parameter, (path, parameter["name"])


def _callers(method: str, path: str) -> list[Json]:
    """Who gets further than 401, or 403 for being of the wrong side, by the tested matrix."""
    expected = [
        dict(zip(CALLERS, statuses, strict=True))
        for m, p, _, statuses in MATRIX
        if (m, _generic(p)) == (method, path)
    ]
    if any(one["nobody"] != UNKNOWN for one in expected):
        return []
    found = [PARTICIPANT]
    if any(one["operator"] != FORBIDDEN for one in expected):
        found.append(OPERATOR)
    return found


def _generic(path: str) -> str:
    words = {
        "{secret}": "{uetr}",
        "{owner}/KZT": "{bic}/{currency}",
        "{proposal}": "{number}",
        "{case}": "{number}",
        "messages/0": "messages/{place}",
        "/high": "/{payment_class}",
        "?first=0": "",
    }
    for word, name in words.items():
        path = path.replace(word, name)
    return path


@pytest.mark.parametrize("place", range(len(operations())))
def test_security_says_who_may_call(place: int) -> None:
    method, path, operation = operations()[place]
    assert operation["security"] == _callers(method, path)
    if operation["security"]:
        assert "401" in operation["responses"]


def test_security_schemes_say_how() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert schemes["operator_token"]["scheme"] == "bearer"
    for name, header in [("signature", "Signature"), ("signature_input", "Signature-Input")]:
        assert (schemes[name]["in"], schemes[name]["name"]) == ("header", header)
    for word in ("RFC 9421", "@method", "@target-uri", "content-digest", "Ed25519", "keyid"):
        assert word in schemes["signature_input"]["description"]
