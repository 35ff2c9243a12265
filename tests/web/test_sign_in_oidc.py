"""Sign-in at an issuer of OpenID Connect: real HTTP, and each check refused once."""

import urllib.parse
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from joserfc.jwk import OctKey

from skontro.service.auth import oidc
from skontro.service.auth.oidc import OpenIdClient, OpenIdSignIn
from skontro.service.auth.oidc_settings import OidcSettings
from tests.service.systems import BANKS, LiveSystem
from tests.web.conftest import Pages
from tests.web.issuer import NOW, Issuer

PEOPLE = {
    "s-anna": ("operator", "Anna"),
    "s-bank": (BANKS[0], f"Person 2 of {BANKS[0]}"),
    "s-gone": ("operator", "Nobody"),
    "s-other": (BANKS[1], f"Person 1 of {BANKS[0]}"),
}


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@attrs.define
class Scene:
    system: LiveSystem
    issuer: Issuer
    clock: Seconds
    client: OpenIdClient

    def begin(self, to: str = "/") -> tuple[Pages, str]:
        """A browser that was led to the issuer, and the URL there."""
        browser = Pages(self.system)
        sent = browser.get(f"/sign-in/oidc?to={to}")
        assert sent.status_code == 303, sent.text
        return browser, sent.headers["location"]

    def finish(self, browser: Pages, query: dict[str, str]) -> httpx.Response:
        return browser.get(f"/sign-in/oidc/answer?{urllib.parse.urlencode(query)}")

    def sign_in(self, subject: str = "s-anna", to: str = "/", **changed: str) -> httpx.Response:
        browser, url = self.begin(to)
        return self.finish(browser, self.issuer.authorise(url, subject) | changed)


@pytest.fixture(scope="module", params=[None, "hidden"])
def running(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    issuer = Issuer(request.param)
    yield issuer
    issuer.close()


@pytest.fixture
def scene(system: LiveSystem, running: Issuer) -> Iterator[Scene]:
    settings = OidcSettings(running.url, "skontro", PEOPLE, running.client_secret)
    clock = Seconds()
    client = OpenIdClient(settings, clock, lambda: NOW)
    app = system.transport.app  # type: ignore[attr-defined]
    kept = app.state.context
    app.state.context = attrs.evolve(kept, open_id=OpenIdSignIn(client))
    kept_state = (running.keys, running.wrong, running.document, running.status)
    running.keys, running.wrong, running.document = [*running.keys], {}, {}
    running.signs_with, running.algorithm = None, "ES256"
    yield Scene(system, running, clock, client)
    app.state.context = kept
    running.keys, running.wrong, running.document, running.status = kept_state


def test_people_sign_in_as_those_whom_the_record_knows(scene: Scene) -> None:
    browser, url = scene.begin("/orders")
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    assert url.startswith(f"{scene.issuer.url}/authorise?")
    assert query["redirect_uri"] == "http://testserver/sign-in/oidc/answer"
    assert (query["response_type"], query["scope"]) == ("code", "openid")
    assert (query["client_id"], query["code_challenge_method"]) == ("skontro", "S256")
    answer = scene.issuer.authorise(url, "s-anna")
    done = scene.finish(browser, answer)
    assert (done.status_code, done.headers["location"]) == (303, "/orders")
    assert "Anna" in browser.text()
    assert browser.http.cookies.get("skontro-oidc") is None
    again = scene.finish(browser, answer)
    assert again.status_code == 401
    other, url = scene.begin()
    scene.finish(other, scene.issuer.authorise(url, "s-bank"))
    assert f"Person 2 of {BANKS[0]}" in other.text()
    assert other.get("/what-if").status_code == 403


def test_the_page_offers_it_where_it_is_configured(scene: Scene, system: LiveSystem) -> None:
    assert 'href="/sign-in/oidc?to=/orders"' in Pages(system).get("/sign-in?to=/orders").text
    browser, url = scene.begin("//elsewhere")
    done = scene.finish(browser, scene.issuer.authorise(url, "s-anna"))
    assert done.headers["location"] == "/"


def test_without_an_issuer_there_is_no_such_page(system: LiveSystem) -> None:
    assert "/sign-in/oidc" not in Pages(system).get("/sign-in").text
    assert Pages(system).get("/sign-in/oidc").status_code == 404
    assert Pages(system).get("/sign-in/oidc/answer").status_code == 404


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("s-unknown", "oidc.json names no person for the subject"),
        ("s-gone", "Nobody of operator has no key or token in force"),
        ("s-other", "has no key or token in force"),
    ],
)
def test_people_whom_nobody_named_are_refused(scene: Scene, subject: str, why: str) -> None:
    answer = scene.sign_in(subject)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert why in answer.text


@pytest.mark.parametrize(
    ("claims", "holds"),
    [
        ({"iss": "https://elsewhere"}, False),
        ({"iss": None}, False),
        ({"aud": "another"}, False),
        ({"aud": None}, False),
        ({"aud": ["skontro", "another"]}, False),
        ({"aud": ["skontro", "another"], "azp": "skontro"}, True),
        ({"aud": ["skontro"]}, True),
        ({"azp": "another"}, False),
        ({"nonce": "another"}, False),
        ({"nonce": None}, False),
        ({"sub": None}, False),
        ({"exp": None}, False),
        ({"iat": None}, False),
        ({"exp": NOW - oidc.LEEWAY_SECONDS}, False),
        ({"exp": NOW - oidc.LEEWAY_SECONDS + 1}, True),
        ({"iat": NOW + oidc.LEEWAY_SECONDS + 1}, False),
        ({"iat": NOW + oidc.LEEWAY_SECONDS}, True),
        ({"nbf": NOW + oidc.LEEWAY_SECONDS + 1}, False),
    ],
)
def test_each_claim_of_the_token_is_checked(
    scene: Scene, claims: dict[str, Any], holds: bool
) -> None:
    scene.issuer.wrong = claims
    assert scene.sign_in().status_code == (303 if holds else 401)


def test_a_token_is_signed_by_the_issuers_key(scene: Scene) -> None:
    kid = scene.issuer.keys[0].kid
    scene.issuer.signs_with = scene.issuer.new_key(kid)
    refused = scene.sign_in()
    assert refused.status_code == 401
    assert "the ID token does not hold" in refused.text
    scene.issuer.algorithm = "HS256"
    scene.issuer.signs_with = OctKey.generate_key(256, {"kid": kid})
    assert scene.sign_in().status_code == 401


def test_a_new_key_of_the_issuer_is_read_and_an_unknown_one_not_each_time(scene: Scene) -> None:
    assert scene.sign_in().status_code == 303
    second = scene.issuer.new_key("second")
    scene.issuer.keys.append(second)
    scene.issuer.signs_with = second
    scene.clock.now += oidc.ROTATION_SECONDS - 1
    assert scene.sign_in().status_code == 401
    scene.clock.now += 1
    assert scene.sign_in().status_code == 303
    scene.issuer.asked.clear()
    scene.issuer.signs_with = scene.issuer.new_key("third")
    assert scene.sign_in().status_code == 401
    assert scene.issuer.asked == ["/realm/token"]
    scene.issuer.signs_with = None
    scene.clock.now += oidc.DISCOVERY_SECONDS
    scene.issuer.asked.clear()
    assert scene.sign_in().status_code == 303
    assert scene.issuer.asked == [
        "/realm/.well-known/openid-configuration",
        "/realm/keys",
        "/realm/token",
    ]


def test_an_attempt_ends_where_it_began_and_in_time(scene: Scene) -> None:
    browser, url = scene.begin()
    answer = scene.issuer.authorise(url, "s-anna")
    other, _ = scene.begin()
    assert scene.finish(other, answer).status_code == 401
    assert scene.finish(Pages(scene.system), answer).status_code == 401
    assert scene.finish(browser, answer | {"state": "x"}).status_code == 401
    assert scene.finish(browser, answer).status_code == 303
    assert scene.sign_in(iss="https://elsewhere").status_code == 401
    for late, status in ((1, 303), (0, 401)):
        browser, url = scene.begin()
        scene.clock.now += oidc.ATTEMPT_SECONDS - late
        answer = scene.issuer.authorise(url, "s-anna")
        assert scene.finish(browser, answer).status_code == status


def test_a_refusal_of_the_issuer_is_one(scene: Scene) -> None:
    browser, url = scene.begin()
    state = scene.issuer.authorise(url, "s-anna")["state"]
    denied = scene.finish(browser, {"error": "access_denied", "state": state})
    assert denied.status_code == 401
    assert "has not signed this person in" in denied.text
    assert scene.sign_in(code="wrong").status_code == 401
    assert scene.sign_in(code="").status_code == 401


def test_waiting_attempts_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "MAX_ATTEMPTS", 2)
    begun = [scene.begin() for _ in range(3)]
    found = [
        scene.finish(browser, scene.issuer.authorise(url, "s-anna")).status_code
        for browser, url in begun
    ]
    assert found == [401, 303, 303]


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere"},
        {"token_endpoint": "http://elsewhere/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:x"},
    ],
)
def test_an_issuer_that_describes_itself_wrongly_is_away(
    scene: Scene, document: dict[str, Any]
) -> None:
    scene.issuer.document = document
    answer = Pages(scene.system).get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "sign in with a code or token meanwhile" in answer.text


def test_an_issuer_that_fails_is_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, url = scene.begin()
    answer = scene.issuer.authorise(url, "s-anna")
    scene.issuer.status = 500
    assert scene.finish(browser, answer).status_code == 503
    scene.clock.now += oidc.DISCOVERY_SECONDS
    assert Pages(scene.system).get("/sign-in/oidc").status_code == 503
    scene.issuer.status = 200
    monkeypatch.setattr(oidc, "_MAX_BYTES", 50)
    assert "too long" in Pages(scene.system).get("/sign-in/oidc").text


def test_with_tls_the_attempt_is_kept_for_this_host_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator = scene.system.service.context.authenticator
    monkeypatch.setattr(authenticator, "_base_url", "https://settle.example")
    sent = Pages(scene.system).get("/sign-in/oidc")
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith("__Host-skontro-oidc=")
    assert all(mark in cookie for mark in ("Secure", "HttpOnly", "SameSite=lax", "Max-Age=600"))
    assert "redirect_uri=https%3A%2F%2Fsettle.example%2Fsign-in" in sent.headers["location"]


def test_settings_read_again_are_in_force_and_sign_ins_under_way_go_on(
    scene: Scene,
) -> None:
    sign_in = scene.system.transport.app.state.context.open_id  # type: ignore[attr-defined]
    browser, url = scene.begin()
    sign_in.use(attrs.evolve(scene.client.settings, people={"s-new": ("operator", "Anna")}))
    assert sign_in.client is scene.client
    answer = scene.issuer.authorise(url, "s-new")
    assert scene.finish(browser, answer).status_code == 303
    assert scene.sign_in("s-anna").status_code == 401
    for other in ({"client_id": "other"}, {"issuer": "http://127.0.0.1:1"}):
        before = sign_in.client
        sign_in.use(attrs.evolve(scene.client.settings, **other))
        assert sign_in.client is not before
        assert sign_in.client.settings == attrs.evolve(scene.client.settings, **other)
    sign_in.use(None)
    assert Pages(scene.system).get("/sign-in/oidc").status_code == 404
    sign_in.use(scene.client.settings)
    assert sign_in.client.settings is scene.client.settings
