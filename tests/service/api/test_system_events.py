"""Steps of the business day as messages to participants, from a real service."""

from pathlib import Path

from skontro.messages.schema_store import namespace_of
from skontro.service.api.system_events import EVENTS
from skontro.system import StepKind
from tests.messages.valid import parts_of, text, texts
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    NOON,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    write_folder,
)

PATH = "/v1/day/admi.004"
EVENT = "SysEvtNtfctn/EvtInf"


def events(system: LiveSystem) -> tuple[list[tuple[str, ...]], str]:
    """Code and parameters of all events from the first on, and where the next will be."""
    found, path = [], PATH
    while (answer := system.bank(1).http.get(path)).status_code == 200:
        assert answer.headers["content-type"] == "application/xml"
        document = parts_of(answer.content)[1]
        parameters = texts(document, f"{EVENT}/EvtParam")
        found.append((text(document, f"{EVENT}/EvtCd"), *parameters))
        path = answer.headers["link"].partition(">")[0].removeprefix("<")
    assert answer.status_code == 404
    return found, path


def test_each_step_is_told_to_participants_once(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    date, next_date = "2026-11-24", "2026-11-25"
    with live_system(tmp_path, clock=Clock(NOON)) as system:
        first = system.bank(1).get(PATH)
        header, document = parts_of(first.content)
        assert document.tag == f"{{{namespace_of('admi.004.001.02')}}}Document"
        assert text(header, "To/FIId/FinInstnId/BICFI") == BANKS[1]
        assert text(header, "BizMsgIdr").startswith("E")
        assert text(document, f"{EVENT}/EvtCd") == "STRT"
        assert text(document, f"{EVENT}/EvtDesc") == f"the business day {date} has started"
        assert text(document, f"{EVENT}/EvtTm").startswith("2026-11-24T12:00:00")
        assert system.bank(1).get(PATH).content == first.content
        assert events(system)[0] == [("STRT", date), ("OPEN", date)]
        path = events(system)[1]
        assert "after batch" in system.bank(1).http.get(path).json()["detail"]
        system.move_to(NOON + 12 * 60 * MINUTE)
        found, after = events(system)
        assert found[2:4] == [("CCUT", date, "RUB"), ("ICUT", date, "RUB")]
        assert found[-2:] == [("ENDD", date), ("SEAL", date)]
        told = system.bank(1).http.get(path)
        assert text(parts_of(told.content)[1], f"{EVENT}/EvtDesc") == (
            f"cut-off of customer payments in RUB, {date}"
        )
        assert system.operator().get(PATH).status_code == 403
        assert system.nobody().get(PATH).status_code == 401
        assert system.bank(1).get(PATH, after=-2).status_code == 422
        assert system.bank(1).get(PATH, after=-1).content == first.content
        url = system.url
    with live_system(tmp_path, url, Clock(NOON + DAY)) as system:
        again, _ = events(system)
        assert again[: len(found)] == found
        assert again[len(found) :][:2] == [("STRT", next_date), ("OPEN", next_date)]
        assert text(parts_of(system.bank(1).http.get(after).content)[1], f"{EVENT}/EvtCd") == "STRT"


def test_each_kind_of_step_has_a_code_of_its_own() -> None:
    assert set(EVENTS) == set(StepKind) - {StepKind.OFFSET}
    codes = [code for code, _ in EVENTS.values()]
    assert len(set(codes)) == len(codes)
