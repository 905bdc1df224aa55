"""Schemathesis hooks for `cargo xtask contract`: signs one role in, and again whenever its session has ended.

The tester makes every call of the interface, also those that end its own session (sign out, end a session whose id a list
has shown, set a password, reset the second factor). None of them is left out. When one has ended the session, the next case
signs in again, so that the calls after it are still made as the role under test.
"""

import base64
import json
import os
import time
import urllib.error
import urllib.request
from datetime import date

import schemathesis
from hypothesis import strategies as st

BASE = os.environ["MEDLANE_CONTRACT_SERVER"]
# The account of the demo clinic that the role signs in with; nobody signs in without one.
ACCOUNT = json.loads(os.environ["MEDLANE_CONTRACT_ACCOUNT"]) if "MEDLANE_CONTRACT_ACCOUNT" in os.environ else None
if ACCOUNT is None and "MEDLANE_CONTRACT_ACCOUNT" in os.environ:
    raise RuntimeError("the account of the role is null: it would be tested as nobody")
# A proof of identity counts for 5 minutes.
PROOF_S = 240


def call(method, path, body=None, token=None):
    """Answers the status and the body of one call of our own."""
    request = urllib.request.Request(BASE + path, method=method)
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, json.dumps(body).encode() if body else None) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


class Session:
    """The session of the role under test."""

    def __init__(self):
        self.password = ACCOUNT and ACCOUNT["password"]
        self.token = None
        self.proof = None
        self.proved_at = 0.0

    def fresh(self):
        """The access token and the proof of identity, of a session that lasts."""
        if self.token is None:
            status, answer = call("POST", "/api/v1/auth/login", {"email": ACCOUNT["email"], "password": self.password})
            if status != 200:
                raise RuntimeError(f"{ACCOUNT['email']} cannot sign in again: {status} {answer}")
            self.token, self.proof = answer["access_token"], None
        if self.proof is None or time.monotonic() - self.proved_at > PROOF_S:
            _, answer = call("POST", "/api/v1/users/me/confirm", {"password": self.password}, self.token)
            self.proof, self.proved_at = answer.get("proof"), time.monotonic()
        return self.token, self.proof

    def check(self):
        """Forgets the session if it has ended."""
        if self.token and call("GET", "/api/v1/me", token=self.token)[0] == 401:
            self.token = None


SESSION = Session()


def base64url(hexadecimal):
    """Bytes as the interface writes them."""
    return base64.urlsafe_b64encode(bytes.fromhex(hexadecimal)).decode().rstrip("=")


# Formats of the description that are the interface's own: what they allow is said here, for the tester has to make some.
FORMATS = {
    "phone": st.from_regex(r"\+968 ?92[0-9]{2} ?[0-9]{4}", fullmatch=True),
    "birth-date": st.dates(date(1900, 1, 1), date(2025, 12, 31)).map(str),
    "time-zone": st.sampled_from(["Asia/Muscat", "Asia/Dubai", "Asia/Kolkata", "Europe/London", "UTC"]),
    "search": st.from_regex(r"[a-z]{2,20}( [a-z]{1,20})?|[0-9]{3,12}", fullmatch=True),
    "push-endpoint": st.from_regex(r"https://fcm\.googleapis\.com/[A-Za-z0-9]{1,40}", fullmatch=True),
    # Public keys of RFC 8032, section 7.1.
    "ed25519-key": st.sampled_from(
        [
            base64url("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            base64url("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        ]
    ),
    # The generator of P-256.
    "p256-key": st.just(
        base64url(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        )
    ),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)

# Faults of a field that the description should have told: it says each of these.
FORM = {
    "unknown", "kind", "choice", "length", "range", "items", "twice", "line", "text", "form", "uuid", "date_time", "email",
    "phone", "birth_date", "time_zone", "time_of_day", "language", "search", "prefix", "currency", "label", "device_key",
    "cursor", "digits", "push_service", "push_key", "push_secret",
}


@schemathesis.check
def allowed_is_not_refused_for_its_form(ctx, response, case):
    """A request that the description allows may be refused by a rule, and never because its form is not right."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    fault = json.loads(response.content)
    wrong = {field: why for field, why in fault.get("fields", {}).items() if why["code"] in FORM}
    assert fault["code"] != "malformed" and not wrong, f"allowed, and refused: {fault['code']} {wrong}"


if ACCOUNT:

    @schemathesis.auth(refresh_interval=None)
    class SignedIn:
        """Puts the session of the role on every request but those that test a missing or a false one."""

        def get(self, case, context):
            return SESSION.fresh()

        def set(self, case, data, context):
            token, proof = data
            case.headers["Authorization"] = f"Bearer {token}"
            # A call that wants a proof is made with a true one: without it the tester would see no more than 403.
            if case.headers.get("Medlane-Confirm") is not None and case.meta and case.meta.generation.mode.is_positive:
                case.headers["Medlane-Confirm"] = proof

    @schemathesis.hook
    def after_call(context, case, response):
        """Signs in again after a call that has ended the session, and by the password that a call has set."""
        if response.status_code == 200 and case.path == "/api/v1/users/me/password" and case.method == "POST":
            SESSION.password = case.body["password"]
        if response.status_code == 401 or case.path.startswith(("/api/v1/auth", "/api/v1/users/me")):
            SESSION.check()
