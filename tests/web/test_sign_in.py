"""Signing in and out, what ends a session, and forms that are refused."""

import httpx
import pytest

from skontro.service.api.service_context import Context
from skontro.web import forms
from tests.service.systems import TOKENS, LiveSystem
from tests.web.conftest import Pages


def test_nobody_sees_a_page(system: LiveSystem) -> None:
    answer = Pages(system).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    events = Pages(system).http.get("/live/overview", headers={"Accept": "text/event-stream"})
    assert events.status_code == 204


def test_an_operator_signs_in_with_a_token_and_out(system: LiveSystem) -> None:
    browser = Pages(system)
    wrong = browser.sign_in("no token")
    assert wrong.status_code == 401
    assert "Not recognised" in wrong.text
    assert browser.get("/").status_code == 303
    done = browser.sign_in(TOKENS[0])
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"]
    assert cookie.startswith("skontro-session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Anna" in browser.text()
    csrf = browser.csrf()
    assert browser.send("/sign-out", csrf="another").status_code == 403
    assert browser.send("/sign-out", x="y").status_code == 403
    assert browser.get("/").status_code == 200
    assert browser.send("/sign-out", csrf=csrf).headers["location"] == "/sign-in"
    assert browser.get("/").status_code == 303


def test_with_tls_the_cookie_is_for_this_host_alone(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator = system.service.context.authenticator
    monkeypatch.setattr(authenticator, "_base_url", "https://settle.example")
    cookie = Pages(system).sign_in(TOKENS[0]).headers["set-cookie"]
    assert cookie.startswith("__Host-skontro-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_page_that_was_asked_for_comes_after_the_sign_in(system: LiveSystem) -> None:
    browser = Pages(system)
    browser.sign_in(TOKENS[0])
    browser.http.cookies.clear()
    sent = {"token": TOKENS[0]}
    assert browser.send("/sign-in", to="/orders", **sent).headers["location"] == "/orders"
    assert browser.send("/sign-in", to="//elsewhere", **sent).headers["location"] == "/"
    assert 'value="/orders"' in browser.get("/sign-in?to=/orders").text
    assert "elsewhere" not in browser.get("/sign-in?to=https://elsewhere").text


def test_a_bank_signs_in_with_a_code_and_is_shown_as_itself(system: LiveSystem) -> None:
    browser = Pages(system)
    made = system.bank(0).send("POST", "/v1/sign-in-codes").json()
    assert made["url"] == f"http://testserver/sign-in#code={made['code']}"
    assert browser.send("/sign-in", code=made["code"]).status_code == 303
    assert "Person 1 of AAAAKZK0" in browser.text()
    assert Pages(system).send("/sign-in", code=made["code"]).status_code == 401
    assert Pages(system).send("/sign-in", code="").status_code == 401


def test_a_session_ends_with_its_key(system: LiveSystem) -> None:
    browser = Pages(system)
    assert browser.sign_in_with_code(1, 2).status_code == 303
    waiting = system.bank(1, 2).send("POST", "/v1/sign-in-codes").json()["code"]
    assert browser.get("/").status_code == 200
    action = {"kind": "revoke_key", "participant": "BBBBKGK0", "key_id": "BBBBKGK0-2"}
    assert system.bank(1).revoke(action).is_success
    assert browser.get("/").status_code == 303
    assert Pages(system).send("/sign-in", code=waiting).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://elsewhere"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Content-Type": "application/json"}, 415),
    ],
)
def test_forms_come_from_this_site(
    system: LiveSystem, headers: dict[str, str], status: int
) -> None:
    answer = Pages(system).http.post(
        "/sign-in",
        content=f"token={TOKENS[0]}",
        headers={"Content-Type": "application/x-www-form-urlencoded"} | headers,
    )
    assert answer.status_code == status


def form(system: LiveSystem, content: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Pages(system).http.post("/sign-in", content=content, headers=headers)


def test_forms_are_bounded(system: LiveSystem) -> None:
    sent = b"token=" + TOKENS[0].encode() + b"&x="
    assert form(system, sent + b"y" * (forms.MAX_BYTES - len(sent))).status_code == 303
    assert form(system, sent + b"y" * (forms.MAX_BYTES - len(sent) + 1)).status_code == 413
    many = b"".join(b"&x%d=1" % number for number in range(forms.MAX_FIELDS - 2))
    assert form(system, sent + many).status_code == 303
    assert form(system, sent + many + b"&more=1").status_code == 400
    assert form(system, b"token=a&token=b").status_code == 400
    assert form(system, b"token=\xff").status_code == 400


def test_languages(system: LiveSystem) -> None:
    assert "Войти по токену" in Pages(system, "ru").text("/sign-in")
    browser = Pages(system, "fr")
    browser.sign_in(TOKENS[0])
    assert "Vue d’ensemble" in browser.text()
    chosen = browser.get("/language/ru?to=/%3Fa")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/?a")
    assert "Обзор" in browser.text()
    assert browser.get("/language/de").status_code == 404
    assert browser.get("/language/en?to=//x").headers["location"] == "/"


def test_before_the_record_is_recovered_pages_say_so(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = system.transport.app.state.context
    assert isinstance(kept, Context)
    monkeypatch.setattr(system.transport.app.state, "context", None)
    answer = Pages(system).get("/")
    assert answer.status_code == 503
    assert "the record is being replayed" in answer.text
