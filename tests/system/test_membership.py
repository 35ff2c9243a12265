"""Who takes part changes by appending; a snapshot of the changes gives the same again."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import InputError, Rulebook, find_currency
from skontro.system.membership import Membership
from tests.service.systems import BANKS, directory

_NEW = ("DDDDTJ22", "EEEETM22", "FFFFAM22")


def _change(members: Membership, draw: random.Random) -> None:
    bic = draw.choice([*BANKS, *_NEW])
    match draw.randrange(5):
        case 0:
            codes = draw.sample(["KZT", "RUB", "UZS", "AMD"], draw.randint(0, 3))
            members.admit(bic, f"Bank {bic}", "TJK", None, codes)
        case 1:
            members.open_account(bic, draw.choice(["KZT", "UZS", "KGS"]))
        case 2:
            members.leave(bic)
        case 3:
            members.set_rulebook({"offset_on_entry": draw.random() < 0.5})
        case _:
            other = draw.choice([None, *BANKS])
            members.set_standing_limit(bic, "KZT", other, draw.choice([None, 5, 7]))


@given(seed=st.integers(0, 2**32), count=st.integers(0, 20))
def test_changes_append_and_are_restored(seed: int, count: int) -> None:
    draw = random.Random(seed)
    members = Membership(directory(), Rulebook())
    for _ in range(count):
        before = members.directory
        held = [(a.bic, a.currency) for a in before.accounts]
        try:
            _change(members, draw)
        except InputError:
            assert members.directory is before
            continue
        after = members.directory
        assert [(a.bic, a.currency) for a in after.accounts][: len(held)] == held
        assert after.participants[: len(before.participants)] == before.participants
        assert after.currencies[: len(before.currencies)] == before.currencies
        assert all(a.opening_balance == 0 for a in after.accounts[len(held) :])
    changes = json.loads(json.dumps(members.to_document()))
    again = Membership.from_document(directory(), Rulebook(), changes)
    assert again.to_document() == members.to_document()
    assert (again.left, again.rulebook) == (members.left, members.rulebook)
    assert again.directory.accounts == members.directory.accounts
    assert again.directory.participants == members.directory.participants


def test_a_participant_leaves_once_and_keeps_its_numbers() -> None:
    members = Membership(directory(), Rulebook())
    members.leave(BANKS[0])
    assert members.left == (BANKS[0],)
    assert members.directory.account_number(BANKS[0], "KZT") == 0
    for bic in (BANKS[0], "NOBODYKZ"):
        with pytest.raises(InputError, match="is not in the system"):
            members.leave(bic)


def test_standing_limits_replace_one_another() -> None:
    members = Membership(directory(), Rulebook())
    for amount in (5, 7, None, 9):
        members.set_standing_limit(BANKS[0], "KZT", BANKS[1], amount)
        limits = members.directory.accounts[0].bilateral_limits
        assert [one.amount for one in limits] == ([] if amount is None else [amount])
    members.set_standing_limit(BANKS[0], "KZT", None, 11)
    assert members.directory.accounts[0].net_sender_limit == 11
    assert members.directory.accounts[0].currency == find_currency("KZT")
