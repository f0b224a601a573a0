"""The icon on the home screen: what browsers ask for, the button, and the help where there is no button."""

import json
import re
import struct
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Phone, wait_ready
from e2e.door_pages import REGION, locales, open_page, path_of, phone_context, shipped, words
from tests.serving import ServerProcess

INSTALL = f"/{REGION}/en/install/"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 12; M2004J7AC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 "
    "Mobile Safari/537.36 XWEB/1160065 MMWEBSDK/20231202 MicroMessenger/8.0.47.2560(0x28002F36) WeChat/arm64"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 12; M2004J7AC{}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Mobile {}"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
SAFARI = IPHONE.format("Version/17.4 Mobile/15E148 Safari/604.1")
IN_APPS = {
    "Baidu": ANDROID.format("", "Safari/537.36 baiduboxapp/13.4"),
    "Toutiao": ANDROID.format("", "Safari/537.36 NewsArticle/9.2.0"),
    "Douyin": ANDROID.format("", "Safari/537.36 aweme_230400 BytedanceWebview"),
    "Kuaishou": ANDROID.format("", "Safari/537.36 Kwai/11.5"),
    "Xiaohongshu": ANDROID.format("", "Safari/537.36 xhsdiscover/8.1"),
    "WhatsApp": ANDROID.format("", "Safari/537.36 WhatsApp/2.24"),
    "LINE": ANDROID.format("", "Safari/537.36 Line/14.1.0"),
    "any on Android": ANDROID.format("; wv", "Safari/537.36"),
    "any on an iPhone": IPHONE.format("Mobile/15E148"),
}
AS_SAFARI = "window.GestureEvent = class extends UIEvent {};"
AS_ICON = "Object.defineProperty(navigator, 'standalone', { value: true });"
BEFORE_INSTALL = """() => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  window.prompted = 0;
  event.prompt = () => { window.prompted += 1; return Promise.resolve({ outcome: "accepted" }); };
  window.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def manifest_of(server: ServerProcess, locale: str) -> tuple[str, dict[str, Any]]:
    address = f"{server.url}/{REGION}/{locale}/manifest.webmanifest"
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Content-Type"].startswith("application/manifest+json")
        return address, json.load(answer)


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize("locale", locales())
def test_the_manifest_has_what_a_browser_needs(server: ServerProcess, locale: str) -> None:
    address, manifest = manifest_of(server, locale)
    home = f"{server.url}/{REGION}/{locale}/"

    assert urllib.parse.urljoin(address, manifest["start_url"]) == home
    assert urllib.parse.urljoin(address, manifest["scope"]) == f"{server.url}/"
    assert (manifest["lang"], manifest["dir"]) == (locale, shipped().locales[locale].dir)
    assert manifest["display"] == "standalone"
    assert manifest["short_name"]
    icons = {(icon["purpose"], icon["sizes"]): icon["src"] for icon in manifest["icons"]}
    assert set(icons) == {(purpose, size) for purpose in ("any", "maskable") for size in ("192x192", "512x512")}
    for (_, sizes), source in icons.items():
        with urllib.request.urlopen(urllib.parse.urljoin(address, source)) as answer:
            assert answer.headers["Content-Type"] == "image/png"
            assert "{}x{}".format(*png_size(answer.read())) == sizes


@pytest.mark.parametrize("locale", locales())
def test_the_icon_has_shortcuts_to_the_visit_and_for_the_family(server: ServerProcess, locale: str) -> None:
    address, manifest = manifest_of(server, locale)

    targets = [urllib.parse.urljoin(address, shortcut["url"]) for shortcut in manifest["shortcuts"]]

    assert targets == [f"{server.url}{path_of(locale)}", f"{server.url}{path_of(locale, 'family')}"]
    assert all(shortcut["name"] for shortcut in manifest["shortcuts"])
    for target in targets:
        with urllib.request.urlopen(target) as answer:
            assert answer.status == 200


def test_each_language_is_an_app_of_its_own(server: ServerProcess) -> None:
    """Source: W3C manifest, "processing the id member": it is resolved against the start address's origin."""
    ids = []
    for locale in locales():
        address, manifest = manifest_of(server, locale)
        start = urllib.parse.urljoin(address, manifest["start_url"])
        origin = "{0.scheme}://{0.netloc}/".format(urllib.parse.urlsplit(start))
        ids.append(urllib.parse.urljoin(origin, manifest["id"]) if "id" in manifest else start)

    assert len(set(ids)) == len(locales()), f"one icon would turn into the other: {ids}"


def test_chromium_finds_nothing_that_keeps_it_from_being_installed(
    make_phone: Callable[..., Phone], server: ServerProcess
) -> None:
    page = make_phone(whole=True).open()
    page.goto(f"{server.url}/{REGION}/en/")
    wait_ready(page)
    session = page.context.new_cdp_session(page)

    manifest = session.send("Page.getAppManifest")
    errors = session.send("Page.getInstallabilityErrors")

    assert manifest["errors"] == []
    found = [error["errorId"] for error in errors["installabilityErrors"] if error["errorId"] != "in-incognito"]
    assert found == []


@pytest.mark.parametrize("path", [f"/{REGION}/en/", INSTALL])
def test_the_browser_own_prompt_waits_for_the_button(browser: Browser, base_url: str, path: str) -> None:
    with phone_context(browser, base_url) as context:
        page = open_page(context.new_page(), path)
        box = page.locator("[data-install]")
        expect(box).to_be_hidden()

        assert page.evaluate(BEFORE_INSTALL), "the browser would have shown its own bar"
        expect(box).to_be_visible()
        assert page.evaluate("prompted") == 0

        page.locator("[data-install-button]").click()
        expect(box).to_be_hidden()
        assert page.evaluate("prompted") == 1


def test_no_door_page_offers_an_installation(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        page = open_page(context.new_page(), path_of("en"))
        assert page.evaluate(BEFORE_INSTALL), "nor does the browser itself during a visit"
        expect(page.locator("[data-install]")).to_have_count(0)


@pytest.mark.parametrize("locale", locales())
def test_the_steps_for_an_iphone_are_numbered_and_have_pictures(browser: Browser, base_url: str, locale: str) -> None:
    with phone_context(browser, base_url) as context:
        page = open_page(context.new_page(), f"/{REGION}/{locale}/install/")
        steps = page.locator("section[aria-labelledby='ios-title'] ol > li")
        expect(steps).to_have_count(4)
        for number, step in enumerate(steps.all(), start=1):
            expect(step).to_have_text(re.compile(rf"^\s*{number}\. ?\S"))
            expect(step.locator("svg")).to_be_visible()
        expect(page.locator("section[aria-labelledby='android-title'] ol > li")).to_have_count(3)
        expect(page.locator("[data-standalone]")).to_be_hidden()


def test_the_icon_of_an_iphone_is_told_to_wait_for_its_own_copy(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        context.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true });")
        page = open_page(context.new_page(), INSTALL)
        expect(page.locator("[data-standalone]")).to_be_visible()


def in_wechat(browser: Browser, base_url: str, path: str) -> Page:
    context = phone_context(browser, base_url, user_agent=WECHAT, permissions=["clipboard-read", "clipboard-write"])
    return open_page(context.new_page(), path)


def test_inside_wechat_the_home_page_says_so_and_leads_out(browser: Browser, base_url: str) -> None:
    page = in_wechat(browser, base_url, f"/{REGION}/en/")
    notice = page.locator("[data-in-app]")
    expect(notice).to_be_visible()

    notice.locator("a").click()

    expect(page).to_have_url(re.compile(r"/install/#in-app$"))
    section = page.locator("#in-app")
    expect(section).to_be_in_viewport()
    expect(section.locator("ol > li")).to_have_count(3)
    section.locator("[data-copy-address]").click()
    expect(section.locator("[data-address-copied]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{base_url}/{REGION}/en/"
    page.context.close()


def test_inside_wechat_the_visit_screen_works(browser: Browser, base_url: str) -> None:
    page = in_wechat(browser, base_url, path_of("zh-Hans"))
    expect(page.locator("h1")).to_have_text(words("zh-Hans", "flow.borrower.first"))
    page.locator('label[for="ids-no"]').click()
    expect(page.locator("[data-verdict]")).to_have_attribute("data-verdict", "stop")
    page.context.close()


@pytest.mark.parametrize("app", IN_APPS)
def test_inside_an_app_the_home_page_says_so(browser: Browser, base_url: str, app: str) -> None:
    with phone_context(browser, base_url, user_agent=IN_APPS[app]) as context:
        page = open_page(context.new_page(), f"/{REGION}/en/")
        expect(page.locator("[data-in-app]")).to_be_visible()


@pytest.mark.parametrize(
    ("agent", "script"),
    [(None, ""), (SAFARI, ""), (IN_APPS["any on an iPhone"], AS_ICON), (ANDROID.format("", "Online/1.0"), "")],
    ids=["this one", "Safari", "an icon on an iPhone", "named Online"],
)
def test_an_ordinary_browser_is_not_called_an_app(
    browser: Browser, base_url: str, agent: str | None, script: str
) -> None:
    with phone_context(browser, base_url, user_agent=agent) as context:
        context.add_init_script(script)
        page = open_page(context.new_page(), f"/{REGION}/en/")
        expect(page.locator("[data-in-app]")).to_be_hidden()


def test_without_a_clipboard_the_address_can_be_read_and_typed(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
        page = open_page(context.new_page(), INSTALL)

        page.locator("[data-copy-address]").click()

        expect(page.locator("[data-address]")).to_have_text(f"{base_url}/{REGION}/en/")
        expect(page.locator("[data-address-not-copied]")).to_be_visible()
        expect(page.locator("[data-address-copied]")).to_be_hidden()


def test_a_prompt_that_added_no_icon_leads_to_what_to_do_then(browser: Browser, base_url: str) -> None:
    """Phones without the browser's permission for shortcuts say nothing, and nothing happens."""
    with phone_context(browser, base_url) as context:
        page = open_page(context.new_page(), f"/{REGION}/en/")
        after = page.locator("[data-install-after]")
        expect(after).to_be_hidden()
        page.evaluate(BEFORE_INSTALL)
        page.locator("[data-install-button]").click()

        after.locator("a").click()

        expect(page).to_have_url(re.compile(r"/install/#no-icon$"))
        expect(page.locator("#no-icon")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("script", "is_told"), [(AS_SAFARI, True), (AS_SAFARI + AS_ICON, False), ("", False)], ids=["tab", "icon", "other"]
)
def test_safari_in_a_tab_is_told_what_it_removes_and_what_does_not_move(
    browser: Browser, base_url: str, script: str, is_told: bool
) -> None:
    """WebKit removes what scripts have stored after seven days of use without a visit, except in an icon's own copy."""
    with phone_context(browser, base_url) as context:
        context.add_init_script(script)
        page = context.new_page()
        for name in ("", "settings/", "records/"):
            open_page(page, f"/{REGION}/en/{name}")
            for notice in page.locator("[data-safari-tab]").all():
                expect(notice).to_be_visible(visible=is_told)
        open_page(page, f"/{REGION}/en/")
        expect(page.locator("[data-safari-tab] a")).to_have_attribute("href", "install/#iphone")
