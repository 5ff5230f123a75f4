"""Getting in with a second step: an authenticator app, recovery codes and a passkey, in a real browser.

The passkey is made and used by Chromium's virtual authenticator (Chrome DevTools Protocol, domain WebAuthn).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import shutil
import struct
import time
from collections.abc import Iterator

import pytest
from installation import Installation
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("there is no Chromium here; on Debian: apt-get install chromium", allow_module_level=True)

EMAIL = "admin@tropeiro.local"
PERIOD = 30


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def password(platform: Installation) -> str:
    """What the first start said, the only time."""
    found = re.search(r"password (\S+)", (platform.data.parent / "up.log").read_text())
    assert found is not None
    return found[1]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Nobody is logged in; the test fails when the browser complains about anything."""
    context = browser.new_context(locale="en", viewport={"width": 1360, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def address(platform: Installation, path: str) -> str:
    """At localhost: browsers make no passkeys for numbers."""
    return platform.url.replace("127.0.0.1", "localhost") + path


def log_in(page: Page, platform: Installation, password: str) -> None:
    page.goto(address(platform, "/login"))
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def code_of(secret: str, used: int = 0) -> tuple[str, int]:
    """A time-based one-time password (RFC 6238) of a later period than ``used``, and its period.

    The next period's is accepted already, so that two codes in a row need no waiting.
    """
    period = max(int(time.time()) // PERIOD, used + 1)
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", period), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}", period


def test_an_authenticator_app_and_its_recovery_codes(page: Page, platform: Installation, password: str) -> None:
    log_in(page, platform, password)
    page.goto(address(platform, "/account/security"))
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("It cannot be scanned?").click()
    secret = page.locator("details code").inner_text()
    first, period = code_of(secret)
    page.get_by_label("Type the six digits").fill(first)
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10

    page.context.clear_cookies()
    log_in(page, platform, password)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    second, _period = code_of(secret, used=period)
    page.get_by_label("Code").fill(second)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()

    page.context.clear_cookies()
    log_in(page, platform, password)
    page.get_by_label("Code").fill(codes[3])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()

    page.goto(address(platform, "/account/security"))
    expect(page.get_by_text("9 codes are left")).to_be_visible()
    page.get_by_role("listitem").filter(has_text="Authenticator app").get_by_role("link", name="Remove…").click()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Remove the app").click()
    expect(page.get_by_role("link", name="Set up")).to_be_visible()
    stored = platform.query("SELECT count(*) AS n FROM mfa_authenticator")
    assert stored[0]["n"] == 0


def test_a_passkey_logs_in_alone_until_it_is_removed(page: Page, platform: Installation, password: str) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})["authenticatorId"]
    log_in(page, platform, password)
    page.goto(address(platform, "/account/passkeys/new"))
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert len(held) == 1

    page.context.clear_cookies()
    page.goto(address(platform, "/login?next=/account/security"))
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("Laptop")).to_be_visible()
    expect(page.get_by_text("Passkey: logs in by itself.")).to_be_visible()

    # As a second step after the password, too.
    page.context.clear_cookies()
    log_in(page, platform, password)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()

    # The device says no: the page says what to do, and nobody is logged in.
    page.context.clear_cookies()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.goto(address(platform, "/login"))
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible(timeout=90_000)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()

    page.goto(address(platform, "/account/security"))
    page.get_by_role("listitem").filter(has_text="Laptop").get_by_role("link", name="Remove…").click()
    page.get_by_role("link", name="With a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey was removed.")).to_be_visible()
    page.context.clear_cookies()
    log_in(page, platform, password)
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()
