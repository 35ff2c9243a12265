"""The lines of ``skontro link cycles``."""

from skontro.cli.link_cycles import _lines
from skontro.cli.terminal import ExitCode
from tests.cli.in_process import run_main

CYCLE = {
    "cycle": "CIS.20261124T121000Z.00aa00aa00aa00aa",
    "status": "paid",
    "reason": None,
    "taking_part": ["KG-RTGS", "KZ-RTGS"],
    "cut_off": "2026-11-24T12:10:00Z",
    "valid_until": "2026-11-24T13:00:00Z",
    "link": None,
    "result_root": "ab",
    "silent": ["UZ-RTGS"],
    "convicted": [{"member": "BY-RTGS", "row": 3}, {"member": "AM-RTGS", "row": None}],
    "gross": [
        {"debtor": "KZ-RTGS", "creditor": "KG-RTGS", "amount": "7.00", "currency": "KZT",
         "count": 1_200}
    ],
    "payments": [
        {"payer": "KZ-RTGS", "payee": "KG-RTGS", "amount": "7.00", "currency": "KZT"}
    ],
    "orders": [
        {"uetr": "u1", "payer": "A", "payee": "B", "amount": "7.00", "currency": "KZT",
         "settled": settled, "reason": reason}
        for settled, reason in ((True, None), (False, "LINK_LAPSED"), (False, None))
    ],
    "phases": [{"at": "2026-11-24T12:10:01Z", "phase": "collecting", "batch": 9}],
}  # fmt: skip


def test_a_cycle_is_one_line_or_all_of_it() -> None:
    head = "CIS.20261124T121000Z.00aa00aa00aa00aa: paid, of KG-RTGS, KZ-RTGS"
    assert [*_lines({"cycles": [CYCLE]}, in_full=False)] == [head]
    assert [*_lines({"cycles": [CYCLE]}, in_full=True)] == [
        head,
        "  cut-off 2026-11-24T12:10:00Z, the link settles until 2026-11-24T13:00:00Z",
        "  link none, result ab",
        "  silent: UZ-RTGS",
        "  SIGNED WHAT IS WRONG: BY-RTGS, in row 3 of its result",
        "  SIGNED WHAT IS WRONG: AM-RTGS",
        "  KZ-RTGS owes KG-RTGS 7.00 KZT, 1,200 obligations",
        "  KZ-RTGS pays KG-RTGS 7.00 KZT net",
        "  order u1: A pays B 7.00 KZT, settled",
        "  order u1: A pays B 7.00 KZT, LINK_LAPSED",
        "  order u1: A pays B 7.00 KZT, under way",
        "  2026-11-24T12:10:01Z collecting, batch 9",
    ]
    bare = CYCLE | {"reason": "CYCLE_NOT_AGREED", "status": "not_paid", "taking_part": []}
    assert [*_lines({"cycles": [bare]}, in_full=False)] == [
        "CIS.20261124T121000Z.00aa00aa00aa00aa: not_paid, CYCLE_NOT_AGREED"
    ]


def test_obligations_are_lines_too() -> None:
    one = {
        "uetr": "u", "status": "netted", "payer": "A", "creditor": "B", "creditor_system": "KG",
        "amount": "1.00", "currency": "KZT", "cycle": "C",
    }  # fmt: skip
    line = "u: netted, A owes B of KG 1.00 KZT"
    assert [*_lines({"obligations": [one, one | {"cycle": None}]}, in_full=False)] == [
        f"{line}, C",
        line,
    ]
    assert [*_lines({"obligations": []}, in_full=False)] == ["There are no obligations."]
    assert [*_lines({"cycles": []}, in_full=False)] == ["There are no cycles."]


def test_a_cycle_and_obligations_are_not_asked_for_together() -> None:
    outcome = run_main("link", "cycles", "C", "--obligations")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "name a cycle, or ask for --obligations, not both" in outcome.stderr
