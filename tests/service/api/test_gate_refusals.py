"""What cannot be written out again is refused when it comes in; lists show whatever was taken."""

import datetime
import json
import uuid

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE
from skontro.files.json_reading import MAX_LEVELS, NotJsonError, read_json
from skontro.model import (
    FIRST_TIMESTAMP,
    LAST_TIMESTAMP,
    check_timestamp,
    from_timestamp,
    timestamp_text,
    to_timestamp,
)
from skontro.model.errors import InputError
from skontro.service.api.read_limits import ReadLimits
from tests.draws import examples
from tests.service.systems import BANKS, LiveSystem, order, order_rows


@pytest.fixture(scope="module")
def system(system: LiveSystem) -> LiveSystem:
    """Hundreds of lists in a row are not what this is about."""
    system.service.context.history.limits = ReadLimits(per_second=1e9)
    return system


def post(system: LiveSystem, body: bytes, path: str = "/v1/orders") -> httpx.Response:
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    return system.bank(0).http.post(path, content=body, headers=headers)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latest_at", "9999-12-31T23:59:59-14:00"),
        ("latest_at", "9999-12-31T23:59:59-00:01"),
        ("earliest_at", "0001-01-01T00:00:00+05:00"),
        ("earliest_at", "1969-12-30T23:59:59Z"),
        ("earliest_at", 1798000000),
        ("earliest_at", "1798000000"),
        ("earliest_at", 1798000000000),
        ("earliest_at", 1798000000.5),
        ("earliest_at", "2026-11-24T12:00:00"),
        ("earliest_at", "2026-11-24T12:00Z"),
        ("earliest_at", "2026-11-24 12:00:00Z"),
        ("earliest_at", "2026-11-24T12:00:00.1234567Z"),
        ("earliest_at", "2026-11-24T12:00:00+24:00"),
        ("earliest_at", "2026-02-30T12:00:00Z"),
        ("earliest_at", "٢٠٢٦-11-24T12:00:00Z"),
        ("value_date", 1795824000),
        ("value_date", "1795824000"),
        ("value_date", "2026-11-24T00:00:00Z"),
        ("value_date", "1970-01-01"),
        ("value_date", "9999-12-31"),
        ("amount", 1),
        ("amount", "1e3"),
        ("payer", ["AAAAKZK0"]),
        ("uetr", "a\ud800"),
        ("payment_type", True),
    ],
)
def test_a_field_that_is_not_of_its_stated_form_is_refused(
    system: LiveSystem, field: str, value: object
) -> None:
    answer = post(system, json.dumps(order() | {field: value}).encode())
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert system.operator().get("/v1/orders").status_code == 200


def test_an_order_cannot_be_its_own_counterleg(system: LiveSystem) -> None:
    sent = order()
    answer = post(system, json.dumps(sent | {"counterleg": sent["uetr"]}).encode())
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["reason"] == "COUNTERLEG_UNKNOWN"
    assert error["pointer"] == "/orders/0/counterleg"


def bodies() -> list[bytes]:
    sent = order(amount="1.00")
    text = json.dumps(sent)
    deep = '{"orders": ' + "[" * 100_000 + "]" * 100_000 + "}"
    return [
        text.replace('"amount": "1.00"', '"amount": "1.00", "amount": "999.00"').encode(),
        text.replace('"amount"', '"am\\u006funt": "999.00", "amount"').encode(),
        text.replace("}", ', "x": {"y": 1, "y": 2}}').encode(),
        text.replace('"1.00"', "NaN").encode(),
        text.replace('"1.00"', "-Infinity").encode(),
        text.replace('"1.00"', "1" * 5_000).encode(),
        text.replace("}", ', "\\ud800": 1}').encode(),
        text.replace("}", ', "x": "\\udfff"}').encode(),
        text.encode("utf-16"),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode().replace(b"1.00", b"1.00\xed\xa0\x80"),
        deep.encode(),
        b"",
    ]


@pytest.mark.parametrize("place", range(len(bodies())))
def test_a_body_that_two_readers_may_read_in_two_ways_is_refused(
    system: LiveSystem, place: int
) -> None:
    for path in ("/v1/orders", "/v1/orders/batch"):
        answer = post(system, bodies()[place], path)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_json_reads_back_as_it_was_written(content: object) -> None:
    for ascii_only in (True, False):
        written = json.dumps(content, ensure_ascii=ascii_only).encode()
        assert read_json(written) == content


@pytest.mark.parametrize("levels", [MAX_LEVELS, MAX_LEVELS + 1])
def test_nesting_is_bounded(levels: int) -> None:
    body = b"[" * levels + b"]" * levels
    if levels <= MAX_LEVELS:
        read_json(body)
    else:
        with pytest.raises(NotJsonError, match="nested"):
            read_json(body)


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_moment_has_a_text_and_those_taken_read_back(timestamp: int) -> None:
    text = timestamp_text(timestamp)
    back = to_timestamp(datetime.datetime.fromisoformat(text))
    if FIRST_TIMESTAMP <= timestamp <= LAST_TIMESTAMP:
        assert back == check_timestamp(timestamp) == timestamp
        assert from_timestamp(timestamp).isoformat().endswith("+00:00")
    else:
        assert back in (FIRST_TIMESTAMP, LAST_TIMESTAMP)
        with pytest.raises(InputError):
            check_timestamp(timestamp)


MOMENTS = st.datetimes(timezones=st.timezones() | st.just(datetime.UTC)).map(
    lambda timestamp: timestamp.isoformat()
)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "earliest_at": MOMENTS | st.sampled_from(["1970-01-01T00:00:00+14:00"]),
            "latest_at": MOMENTS | st.sampled_from(["9999-12-31T23:59:59.999999Z"]),
            "value_date": st.dates().map(str),
            "payment_class": st.sampled_from(["urgent", "high", "normal"]),
            "payment_type": st.sampled_from(["customer", "interbank"]),
            "amount": st.from_regex(r"[0-9]{1,18}(\.[0-9]{1,6})?", fullmatch=True),
        },
    )
)
def test_whatever_is_accepted_everybody_can_list(
    system: LiveSystem, fields: dict[str, str]
) -> None:
    sent = order(0, 1, "0.01") | fields
    answer = system.bank(0).submit(sent)
    assert answer.status_code in (201, 422), answer.text
    for client in (system.bank(0), system.bank(1), system.operator()):
        after: int | None = 0
        while after is not None:
            page = client.get("/v1/orders", after=after, limit=1_000)
            assert page.status_code == 200, page.text
            after = page.json()["next"]
    if answer.status_code == 201:
        shown = system.bank(1).get(f"/v1/orders/{sent['uetr']}")
        assert shown.status_code == 200
        for field in ("earliest_at", "latest_at"):
            if field in fields:
                times = [one[field] for one in (fields, shown.json())]
                first, second = (datetime.datetime.fromisoformat(one) for one in times)
                assert first == second


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_an_order_shows_whatever_the_record_holds(system: LiveSystem, data: st.DataObject) -> None:
    """Also orders of a record that an earlier version wrote, with times and codes not known now."""
    mapper = system.service.context.mapper
    if not mapper.order_index.count:
        assert system.bank(0).submit(order(0, 1, "0.01")).status_code == 201
    kept = mapper.order_index.order(mapper.order_index.count - 1).copy()
    extremes = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
        [ANY_TIME_BEFORE, ANY_TIME_AFTER, -(2**63), 2**63 - 1]
    )
    for field in ("earliest", "latest", "time", "status_time", "entry_time"):
        kept[field] = data.draw(extremes)
    for field in ("reason", "entry_reason"):
        kept[field] = data.draw(st.integers(0, 127))
    kept["value_date"] = data.draw(st.integers(-(2**31), 2**31 - 1))
    json.dumps([mapper.order_out(kept), mapper.entry_out(kept)]).encode()


def test_dates_in_queries_are_dates(system: LiveSystem) -> None:
    path = f"/v1/accounts/{BANKS[0]}/KZT/statement"
    for wrong in ("1795824000", "2026-11-24T00:00:00", "9999-12-31", "0001-01-01"):
        assert system.bank(0).get(path, date=wrong).status_code == 422
    assert system.bank(0).get(path, date="2026-11-24").status_code == 200


def test_a_uetr_twice_in_a_request_never_reaches_the_sequencer(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [order(amount="0.01") for _ in range(50)]
    sent[40]["uetr"], sent[41]["uetr"], sent[42]["uetr"] = (sent[n]["uetr"] for n in (7, 3, 7))
    reached: list[object] = []
    monkeypatch.setattr(system.service.sequencer, "submit", reached.append)
    answer = system.bank(0).submit_batch(sent)
    assert reached == []
    assert (answer.status_code, answer.json()["reason"]) == (409, "DUPLICATE_ORDER")
    assert [one["uetr"] for one in answer.json()["errors"]] == [sent[3]["uetr"], sent[7]["uetr"]]


@given(st.lists(st.integers(0, 5), max_size=12))
def test_repeated_uetrs_are_found_as_by_counting(numbers: list[int]) -> None:
    from skontro.service.sequencer.idempotency import repeated

    rows = order_rows(6)["uetr"]
    rows[0], rows[1] = bytes(16), bytes(15) + b"\x01"
    chosen = rows[numbers]
    uetrs = chosen.tolist()
    assert repeated(chosen) == [one for one in dict.fromkeys(uetrs) if uetrs.count(one) > 1]
