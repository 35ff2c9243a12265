"""Texts of the API and of proposals in the reader's language, with their parameters."""

import ast
from pathlib import Path

import pytest

import skontro.system
from skontro.model import ReasonCode
from skontro.service.api.problems import Problem
from skontro.web import document_words, phrases, render
from skontro.web.document_words import name_in, reason_in, value_in
from skontro.web.phrases import DOCUMENT, PROBLEM, said
from skontro.web.translations import LANGUAGES
from tests.service.systems import BANKS, LiveSystem
from tests.web.catalogues import OTHER_LANGUAGES
from tests.web.conftest import Pages
from tests.web.problem_texts import problem_texts, texts_of
from tests.web.test_orders_and_proposals import hidden

ACTIONS = sorted(Path(skontro.system.__file__).parent.rglob("*actions.py"))


def test_a_text_is_said_with_its_parameters() -> None:
    shown = "participant ABCDKZKA is unknown"
    assert said("fr", PROBLEM, "no order A-1 is known") == "aucun ordre A-1 n’est connu"
    assert said("ru", PROBLEM, "there is no such page") == "такой страницы нет"
    assert said("en", PROBLEM, "there is no such page") is None
    assert said("fr", PROBLEM, shown) is None
    assert said("fr", DOCUMENT, "there is no such page") is None
    assert said("fr", PROBLEM, "no order A-1 is known.") is None
    assert said("fr", PROBLEM, "no order  is known") is None
    both = said("fr", PROBLEM, f"{BANKS[0]} has no settlement account in 100 %%")
    assert both == f"{BANKS[0]} n’a pas de compte de règlement en 100 %%"


def test_a_parameter_that_is_a_text_is_said_too() -> None:
    reason = ReasonCode.PARTICIPANT_SUSPENDED.explanation
    known = said("fr", PROBLEM, reason)
    assert known not in (None, reason)
    assert said("fr", PROBLEM, f"nothing was taken: {reason}") == f"rien n’a été accepté : {known}"
    most = phrases._MOST_LEVELS
    for levels, innermost in ((most, known), (most + 1, f"nothing was taken: {reason}")):
        found = said("fr", PROBLEM, "nothing was taken: " * levels + reason)
        assert found == "rien n’a été accepté : " * most + str(innermost)


def test_the_form_with_most_words_of_its_own_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "all reads together cost too much now; try again"
    found = said("fr", PROBLEM, text)
    assert found is not None
    assert found.startswith("toutes les requêtes (reads) coûtent ensemble")
    assert said("fr", PROBLEM, "x; try again") == "x ; réessayez"
    most = phrases._MOST_CHARACTERS
    for length, is_said in ((most, True), (most + 1, False)):
        long = "x" * (length - len("; try again")) + "; try again"
        assert (said("fr", PROBLEM, long) is not None) == is_said


def test_texts_of_problems_are_found_in_the_source() -> None:
    source = """
def raises(a, b):
    detail = f"the account of {a} at 5 % is {b.c}" if a else "there is none"
    other = f"{a}: {b}"
    raise Problem(404, "Not there", detail, None, [f"{a} errors here"])
async def asks(a):
    raise not_found(f"no thing {a} is known")
    Problem(1, str(a), other)
    Other(1, "not this text")
"""
    assert {*texts_of(ast.parse(source))} == {
        "Not there",
        "the account of %(a)s at 5 %% is %(b)s",
        "there is none",
        "no thing %(a)s is known",
    }
    assert {"no order %(a)s is known", "there is no such page", "Not yours"} <= {*problem_texts()}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_problems_are_said_in_every_language(language: str) -> None:
    """Nine of ten: a new text of the API need not wait for its translators."""
    texts = problem_texts()
    known = [text for text in texts if said(language, PROBLEM, text.replace("%(a)s", "A"))]
    assert len(known) >= 0.9 * len(texts)


def test_the_names_of_documents_are_said_in_every_language() -> None:
    used = {
        key.value
        for module in ACTIONS
        for one in ast.walk(ast.parse(module.read_text()))
        if isinstance(one, ast.Dict)
        for key in one.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    assert {"account", "from", "effective", "open_links"} <= used
    unknown = {name.replace("_", " ") for name in used} - {*document_words.NAMES}
    assert len(unknown) <= 0.05 * len(used), unknown  # a new name need not wait for translators
    for language in OTHER_LANGUAGES:
        for text in (*document_words.NAMES, *document_words.VALUES):
            assert said(language, DOCUMENT, text) is not None, (language, text)


def test_a_fixed_value_is_said_and_a_name_is_not() -> None:
    assert [name_in(one, "proposed_by") for one in LANGUAGES] == [
        "proposed by", "предложил", "proposé par",
    ]  # fmt: skip
    assert name_in("fr", "never_named") == "never named"
    assert value_in("fr", "to", "suspended") == "suspendu"
    assert value_in("fr", "name", "suspended") == "suspended"
    assert value_in("fr", "to", "9.00 KZT") == "9.00 KZT"
    assert value_in("fr", "action", "suspend") == "Suspendre un participant"
    assert value_in("fr", "action", "unknown") == "unknown"
    assert value_in("ru", "algorithm", "all_or_nothing") == "Всё или ничего"
    assert value_in("fr", "step", "end_of_day") == "Fin de journée"
    assert value_in("en", "to", "suspended") == "suspended"
    open_links = "links are shut until KG-RTGS has confirmed this record"
    assert "KG-RTGS" in value_in("ru", "from", open_links)
    assert value_in("ru", "from", open_links) != open_links


def test_a_reason_is_explained_in_other_languages() -> None:
    assert reason_in("en", "INSUFFICIENT_LIQUIDITY") == "insufficient liquidity"
    assert reason_in("fr", "INSUFFICIENT_LIQUIDITY") == said(
        "fr", DOCUMENT, ReasonCode.INSUFFICIENT_LIQUIDITY.explanation
    )
    assert reason_in("fr", "REASON_9") == "reason 9"
    assert reason_in("fr", "") == ""


def test_pages_show_problems_and_proposals_in_the_language(
    system: LiveSystem, operator: Pages, bank: Pages
) -> None:
    french = Pages(system, "fr")
    french.sign_in_with_code(0)
    page = french.get("/orders/00000000-0000-4000-8000-000000000000")
    assert page.status_code == 404
    assert "<h1>Introuvable</h1>" in page.text
    assert "aucun ordre 00000000-0000-4000-8000-000000000000 n’est connu" in page.text
    assert "<title>Introuvable" in page.text
    english = bank.get("/orders/00000000-0000-4000-8000-000000000000").text
    assert "no order 00000000-0000-4000-8000-000000000000 is known" in english
    path = "/proposals/new/set_net_sender_limit"
    fields = {"participant": BANKS[0], "currency": "KZT"}
    wrong = french.send(path, **hidden(french, path), **fields, amount="x").text
    assert "La valeur doit correspondre au modèle" in wrong
    untold = render.page("fr", "problem.html.j2", 422, problem=Problem(422, "Odd", "odd <b>"))
    assert b'<span lang="en">odd &lt;b&gt;</span>' in bytes(untold.body)
    assert french.send(path, **hidden(french, path), **fields, amount="9.00").status_code == 303
    number = system.service.sequencer.view.proposals[-1].number
    shown = french.text(f"/proposals/{number}")
    assert "prend effet immédiatement" in shown
    assert "de sans limite" in shown
    assert "à 9.00 KZT" in shown
    assert "Tel qu’il est dans le registre {&#34;account&#34;:" in shown
    assert "&#34;effective&#34;:&#34;at once&#34;" in french.get(f"/proposals/{number}").text
    assert "effective at once" in bank.text(f"/proposals/{number}")
    assert system.bank(0, 2).reject(number).is_success
    assert "prend effet immédiatement" in french.text(f"/proposals/{number}")
    assert "&#34;effective&#34;:&#34;at once&#34;" in french.get(f"/proposals/{number}").text


def test_a_reason_is_said_with_its_problem(system: LiveSystem) -> None:
    error = Problem(422, "Refused", ReasonCode.ORDER_FINAL.explanation, ReasonCode.ORDER_FINAL)
    assert said("ru", PROBLEM, error.title) == "Отказано"
    assert said("ru", PROBLEM, error.detail) not in (None, error.detail)
