"""A small issuer of OpenID Connect on this machine, over real HTTP, for tests of the sign-in."""

import base64
import hashlib
import json
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

#: The time of this issuer and of its clients, seconds since 1970.
NOW = 1_800_000_000


class Issuer:
    """Gives codes, and ID tokens for them; tests change what it says in `wrong`."""

    def __init__(self, client_secret: str | None = None, host: str = "127.0.0.1") -> None:
        self.client_secret = client_secret
        self.keys = [self.new_key("first")]
        self.wrong: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.signs_with: Any = None
        self.algorithm = "ES256"
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.status = 200
        #: Gives the time of the tokens, in seconds since 1970.
        self.now: Callable[[], int] = lambda: NOW
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/realm/authorise?"):
                    issuer.show_page(self)
                else:
                    issuer.answer(self, None)

            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
                if self.path.startswith("/realm/authorise?"):
                    issuer.send_back(self, form)
                else:
                    issuer.answer(self, form)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://{host}:{self._server.server_port}/realm"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def new_key(self, kid: str) -> Any:
        return ECKey.generate_key("P-256", {"kid": kid})

    def authorise(self, url: str, subject: str) -> dict[str, str]:
        """Sign a person in as the page of an issuer does: the query of the answer."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = query | {"subject": subject}
        return {"code": code, "state": query["state"], "iss": self.url}

    def show_page(self, to: BaseHTTPRequestHandler) -> None:
        """Ask in a browser who signs in."""
        page = (
            b"<!doctype html><title>Issuer</title><form method=post>"
            b"<input name=subject id=subject><button>Sign in</button></form>"
        )
        to.send_response(200)
        to.send_header("content-type", "text/html")
        to.send_header("content-length", str(len(page)))
        to.end_headers()
        to.wfile.write(page)

    def send_back(self, to: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """Lead the browser back, signed in; without a subject, not signed in."""
        url = f"{self.url.removesuffix('/realm')}{to.path}"
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        if subject := form.get("subject"):
            query = self.authorise(url, subject)
        else:
            query = {"error": "access_denied", "state": asked["state"]}
        to.send_response(303)
        to.send_header("location", f"{asked['redirect_uri']}?{urllib.parse.urlencode(query)}")
        to.send_header("content-length", "0")
        to.end_headers()

    def answer(self, to: BaseHTTPRequestHandler, form: dict[str, str] | None) -> None:
        path = urllib.parse.urlsplit(to.path).path
        self.asked.append(path)
        status, found = self.status, self._found(path, form)
        if found is None:
            status, found = 400, {"error": "invalid_grant"}
        body = json.dumps(found).encode()
        to.send_response(status)
        to.send_header("content-type", "application/json")
        to.send_header("content-length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    def _found(self, path: str, form: dict[str, str] | None) -> Any:
        if path == "/realm/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorise",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            } | self.document
        if path == "/realm/keys":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        assert path == "/realm/token"
        assert form is not None
        return self._token(form)

    def _token(self, form: dict[str, str]) -> dict[str, str] | None:
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        held = (
            form["grant_type"] == "authorization_code"
            and challenge == asked["code_challenge"]
            and asked["code_challenge_method"] == "S256"
            and (form["redirect_uri"], form["client_id"])
            == (asked["redirect_uri"], asked["client_id"])
            and form.get("client_secret") == self.client_secret
        )
        if not held:
            return None
        claims = {
            "iss": self.url,
            "aud": asked["client_id"],
            "sub": asked["subject"],
            "nonce": asked["nonce"],
            "iat": self.now(),
            "exp": self.now() + 300,
        } | self.wrong
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.keys[0]
        header = {"alg": self.algorithm, "kid": key.kid}
        return {"id_token": jwt.encode(header, claims, key, algorithms=[self.algorithm])}
