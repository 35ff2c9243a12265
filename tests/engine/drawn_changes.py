"""Random days in the course of which accounts are added, or between which the rulebook changes."""

from random import Random
from typing import NamedTuple

from skontro.engine import CommandKind
from skontro.model import Rulebook, SettlementAccount, find_currency
from tests.engine.days import bic
from tests.engine.drawn_days import DayWriter, draw_accounts, draw_rulebook
from tests.engine.drawn_legs import LegWriter
from tests.engine.oracle import Account, Command, Oracle

CODES = ("KZT", "UZS", "RUB", "AMD")


class Change(NamedTuple):
    """What is done to the engine before the command at this place."""

    place: int
    accounts: list[SettlementAccount]
    rulebook: Rulebook | None


class ChangingCase(NamedTuple):
    """A case of `days`, and what changes in its course; the oracle has lived through all of it."""

    table: list[SettlementAccount]
    rulebook: Rulebook
    commands: list[Command]
    changes: list[Change]
    oracle: Oracle


def draw_case_with_added_accounts(seed: int, unit: int = 1) -> ChangingCase:
    """Accounts come up to three times, in currencies and of holders that were there or were not."""
    random = Random(seed)
    table, rulebook = draw_accounts(random, unit, most=4), draw_rulebook(random)
    several = len({account.currency for account in table}) > 1
    kind = random.choice([DayWriter, LegWriter, LegWriter]) if several else DayWriter
    writer = kind(random, unit, table, rulebook)
    everybody, changes = list(table), []
    writer.add(CommandKind.OPEN_DAY)
    for _ in range(random.randint(1, 3)):
        write_some(writer, len(everybody))
        new = draw_new_accounts(random, everybody, unit)
        changes.append(Change(len(writer.commands), new, None))
        everybody += new
        for account in new:
            code = account.currency.code
            writer.oracle.accounts.append(Account(0, account.credit_line, code))
            if code not in writer.oracle.currencies:
                writer.oracle.currencies.append(code)
    write_some(writer, len(everybody))
    return ChangingCase(table, rulebook, writer.commands, changes, writer.oracle)


def draw_new_accounts(
    random: Random, known: list[SettlementAccount], unit: int
) -> list[SettlementAccount]:
    """One to four; not all of a holder that is new."""
    held = {(account.bic, account.currency.code) for account in known}
    new: list[SettlementAccount] = []
    for number in range(random.randint(1, 4)):
        holder = random.choice(
            [*known, SettlementAccount(bic(100 + len(known) + number), find_currency("KZT"), 0)]
        ).bic
        free = [code for code in CODES if (holder, code) not in held]
        if free:
            code = random.choice(free)
            held.add((holder, code))
            credit = random.choice([0, 0, 3]) * unit
            new.append(SettlementAccount(holder, find_currency(code), 0, credit))
    return new


def write_some(writer: DayWriter, accounts: int) -> None:
    """Commands about the accounts there are; numbers that others will get are not named before."""
    start = len(writer.commands)
    oddity, writer.oddity = writer.oddity, 0
    for _ in range(writer.random.randint(10, 40)):
        writer.time += writer.random.choice([0, 0, 1, 2])
        kinds = {CommandKind.SUBMIT: 60, CommandKind.CANCEL: 4, CommandKind.CHANGE_CLASS: 3}
        kinds |= {CommandKind.SET_CREDIT_LINE: 2, CommandKind.SET_RESERVATION: 3}
        kinds |= {CommandKind.SET_NET_SENDER_LIMIT: 3, CommandKind.SET_BILATERAL_LIMIT: 3}
        kinds |= {CommandKind.TRANSFER_IN: 8, CommandKind.TRANSFER_OUT: 2, CommandKind.OFFSET: 5}
        kinds |= {CommandKind.MOVE_TO_FRONT: 2, CommandKind.MOVE_TO_END: 2, CommandKind.SELECT: 3}
        kinds |= {CommandKind.CLOSE_DAY: 1}
        [kind] = writer.random.choices([*kinds], [*kinds.values()])
        writer.write_one(kind)
        if writer.of_times.random() < 0.05:
            writer.change_times()
        if kind == CommandKind.CLOSE_DAY:
            writer.add(CommandKind.OPEN_DAY)
    writer.oddity = oddity
    named = [c for c in writer.commands[start:] if max(c.payer, c.payee) >= accounts]
    assert not named, named


def draw_case_with_another_rulebook(seed: int) -> ChangingCase:
    """Three days, each under a rulebook of its own."""
    random = Random(seed)
    table, rulebook = draw_accounts(random, 1, most=5), draw_rulebook(random)
    writer = DayWriter(random, 1, table, rulebook)
    changes = []
    for _ in range(3):
        writer.add(CommandKind.OPEN_DAY)
        write_some(writer, len(table))
        writer.add(CommandKind.CLOSE_DAY)
        writer.oracle.rulebook = draw_rulebook(random)
        changes.append(Change(len(writer.commands), [], writer.oracle.rulebook))
    return ChangingCase(table, rulebook, writer.commands, changes, writer.oracle)
