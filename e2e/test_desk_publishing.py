"""From an edit to a phone and back: a second person reviews, somebody publishes, goes back, withdraws a text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.audit import MEASURES
from e2e.conftest import (
    SHIPPED,
    Phone,
    current_slice,
    eventually,
    expect_whole_offline,
    wait_ready,
    worker_state,
)
from e2e.desk import Staff, setup_link, staff_of
from e2e.desk_audit import problems_of, speak
from server.auth.roles import Person
from server.config import Config
from server.editor.desk import Desk
from server.editor.units.unit import Unit
from server.publish.data_folder.release import DataFolder
from server.store.open import open_store
from tests.packs import set_string
from tests.serving import ServerProcess

pytestmark = pytest.mark.browser

KEY = "cn/en"
BEFORE = "Door shut. Look, then ask."
AFTER = "Door shut. Look, then ask, and ask twice."
FIRST = "/editor/cn/edit/en/strings.toml/flow.borrower.first"
FIRST_UNIT = Unit("cn", "en/strings.toml", "flow.borrower.first")
LANGUAGES = ("en", "zh-Hans")


@pytest.fixture
def desk_server(tmp_path: Path, published: Path) -> Iterator[ServerProcess]:
    """A server with an empty desk and packs of its own."""
    process = new_server(tmp_path, published)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[ServerProcess]:
    """The same for the tests that only look."""
    process = new_server(tmp_path_factory.mktemp("full"), published)
    yield process
    process.stop()


def new_server(folder: Path, published: Path) -> ServerProcess:
    shutil.copytree(published, folder / "data", ignore=shutil.ignore_patterns("desk"))
    shutil.copytree(SHIPPED, folder / "packs")
    return ServerProcess(folder / "data", packs=folder / "packs").start()


@pytest.fixture
def hire(browser: Browser, desk_server: ServerProcess) -> Iterator[Callable[..., Staff]]:
    with staff_of(browser, desk_server.url) as hire:
        yield hire


def found(hire: Callable[..., Staff], server: ServerProcess) -> tuple[Staff, Staff]:
    """The first owner, and an editor whom she invites."""
    li = hire()
    li.make_passkey(setup_link(server), "Li")
    li.print_codes()
    wang = hire()
    wang.make_passkey(li.invite("Editor"), "Wang")
    wang.print_codes()
    return li, wang


def edit(staff: Staff, words: str = AFTER) -> None:
    """Change the first sentence at the door, and hand it in."""
    staff.goto(FIRST)
    staff.page.locator(".unit-form textarea, .unit-form input[lang]").first.fill(words)
    staff.page.get_by_role("button", name="Submit for review").first.click()
    expect(staff.page.get_by_text("Saved and submitted. Somebody else will read it.")).to_be_visible()


def approve(staff: Staff) -> None:
    staff.goto("/editor/reviews/")
    staff.page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(staff.page.get_by_text("Approved. It goes to phones with the next release.")).to_be_visible()


def publish(staff: Staff, *, again: bool = False) -> None:
    """Publish what is approved; `again`: also what somebody took back from phones."""
    staff.goto("/editor/publish/")
    if again:
        staff.page.get_by_label("I know why these texts were taken back. They go to phones again.").check()
    staff.click("Publish this now")
    expect(staff.page.get_by_text("Published. Phones get it the next time they are online.")).to_be_visible()


def held(page: Page) -> str:
    """The digest of the copy on this phone."""
    return str(worker_state(page, "slots", KEY)["current"]["digest"])


def catch_up(page: Page, server: ServerProcess) -> None:
    """Contact: wait until the phone holds what is published now."""
    page.goto(f"{server.url}/{KEY}/")
    wait_ready(page)  # a new phone's worker has not made its database before that
    wanted = current_slice(server, KEY).digest
    eventually(lambda: held(page) == wanted, "the phone holds the current release")


def test_an_edit_reaches_a_phone_that_was_offline_whole(
    hire: Callable[..., Staff], desk_server: ServerProcess, phone: Phone
) -> None:
    li, wang = found(hire, desk_server)
    page = phone.open()
    page.goto(f"{desk_server.url}/{KEY}/")
    wait_ready(page)
    page.context.set_offline(True)

    edit(wang)
    wang.goto("/editor/reviews/")
    expect(wang.page.get_by_text("You wrote this, so somebody else must read it. Ask: Li.")).to_be_visible()
    expect(wang.page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    li.goto("/editor/reviews/")
    expect(li.page.locator("ins")).to_contain_text("and ask twice")
    approve(li)
    li.goto("/editor/publish/")
    summary = li.page.get_by_role("region", name="What phones will get")
    expect(summary.get_by_text("Changed texts: 1")).to_be_visible()
    expect(li.page.get_by_role("row", name=re.compile("English"))).to_contain_text(re.compile(r"\d kB"))
    publish(li)
    page.goto(f"{desk_server.url}/{KEY}/now/")
    expect(page.locator("main")).to_contain_text(BEFORE)

    page.context.set_offline(False)
    catch_up(page, desk_server)

    expect_whole_offline(page, desk_server, desk_server.url, KEY)
    with desk_server.down():
        page.goto(f"{desk_server.url}/{KEY}/now/")
        expect(page.locator("main")).to_contain_text(AFTER)


def test_going_back_reaches_the_phone_and_can_be_undone(
    hire: Callable[..., Staff], desk_server: ServerProcess, phone: Phone
) -> None:
    li, wang = found(hire, desk_server)
    edit(wang)
    approve(li)
    publish(li)
    page = phone.open()
    catch_up(page, desk_server)
    page.goto(f"{desk_server.url}/{KEY}/now/")
    expect(page.locator("main")).to_contain_text(AFTER)

    li.goto("/editor/releases/")
    li.page.get_by_role("link", name=re.compile("^Go back to this")).click()
    li.heading("Go back to an earlier release?")
    expect(li.page.get_by_role("listitem").filter(has_text=AFTER)).to_have_count(1)
    li.page.get_by_label("Why do you go back?").fill("Too many words.")
    li.click("Go back now")
    expect(li.page.get_by_text("Li went back to this release")).to_be_visible()
    catch_up(page, desk_server)
    page.goto(f"{desk_server.url}/{KEY}/now/")
    expect(page.locator("main")).to_contain_text(BEFORE)

    publish(li, again=True)
    catch_up(page, desk_server)
    page.goto(f"{desk_server.url}/{KEY}/now/")
    expect(page.locator("main")).to_contain_text(AFTER)


def test_a_withdrawn_text_says_so_on_the_phone_until_it_is_brought_back(
    hire: Callable[..., Staff], desk_server: ServerProcess, phone: Phone
) -> None:
    li = hire()
    li.make_passkey(setup_link(desk_server), "Li")
    li.print_codes()
    page = phone.open()
    page.goto(f"{desk_server.url}/{KEY}/")
    wait_ready(page)
    li.goto("/editor/recalls/")
    row = li.page.locator("[data-topic]").first
    topic = row.get_attribute("data-topic")

    row.get_by_role("link", name=re.compile("^Withdraw")).click()
    li.page.get_by_label("Why do you withdraw it?").fill("A number is wrong.")
    li.click("Withdraw it now")
    expect(li.page.get_by_text("Withdrawn. Phones stop showing it the next time they are online.")).to_be_visible()
    page = phone.restart()
    page.goto(f"{desk_server.url}/{KEY}/")
    recalled = f"{KEY}/guide/{topic}/"
    eventually(lambda: recalled in (worker_state(page, "meta", "recalled") or []), "the phone knows of it")
    page.goto(f"{desk_server.url}/{recalled}")
    expect(page).to_have_url(f"{desk_server.url}/{KEY}/withdrawn/")

    li.page.locator(f"[data-topic={topic}]").get_by_role("link", name=re.compile("^Restore it")).click()
    li.click("Restore it")
    expect(li.page.get_by_text("Restored. Phones show it again the next time they are online.")).to_be_visible()
    page.goto(f"{desk_server.url}/{KEY}/")
    eventually(lambda: recalled not in (worker_state(page, "meta", "recalled") or []), "the phone knows of that, too")
    page.goto(f"{desk_server.url}/{recalled}")
    expect(page).to_have_url(f"{desk_server.url}/{recalled}")


def test_a_plan_that_went_stale_in_an_open_page_publishes_nothing(
    hire: Callable[..., Staff], desk_server: ServerProcess
) -> None:
    li, wang = found(hire, desk_server)
    edit(wang)
    approve(li)
    before = DataFolder(desk_server.data).read_current().digest
    li.goto("/editor/publish/")
    edit(wang, "Keep the door shut.")
    other = li.context.new_page()
    other.goto(f"{desk_server.url}/editor/reviews/")
    other.get_by_role("button", name=re.compile("^Approve")).click()
    expect(other.get_by_text("Approved. It goes to phones with the next release.")).to_be_visible()

    li.click("Publish this now")

    expect(li.page.get_by_role("alert")).to_contain_text("nothing was published")
    assert DataFolder(desk_server.data).read_current().digest == before
    li.click("Publish this now")
    expect(li.page.get_by_text("Published. Phones get it the next time they are online.")).to_be_visible()


def test_a_text_goes_back_and_an_earlier_state_is_restored_by_keyboard(
    hire: Callable[..., Staff], desk_server: ServerProcess
) -> None:
    li, wang = found(hire, desk_server)
    edit(wang)
    li.goto("/editor/reviews/")
    details = li.page.locator("summary", has_text="Send back with a note")
    details.focus()
    li.page.keyboard.press("Enter")
    li.page.keyboard.press("Tab")
    li.page.keyboard.type("Why three times?")
    li.page.keyboard.press("Tab")
    li.page.keyboard.press("Enter")
    expect(li.page.get_by_text("Sent back to the author with your note.")).to_be_visible()
    wang.goto("/editor/reviews/?show=writing")
    expect(wang.page.get_by_text("Why three times?")).to_be_visible()

    edit(wang, "Keep the door shut.")
    wang.goto("/editor/cn/history/en/strings.toml/flow.borrower.first")
    back = wang.page.get_by_role("button", name=re.compile("^Restore this version")).last
    back.focus()
    wang.page.keyboard.press("Enter")

    expect(wang.page.get_by_text("Restored as a new version.")).to_be_visible()
    expect(wang.page.locator("[data-revision]")).to_have_count(3)


# ---- every page, by eye and by keyboard ----


def fill(server: ServerProcess, owner: Person) -> None:
    """Something on every page: a second process on the same store, as it may be."""
    assert server.packs is not None
    config = Config(data=server.data, packs=server.packs)
    store = open_store(server.data, None)
    wang = Person("f" * 32, "Wang", "editor")
    desk = Desk(store, server.packs, DataFolder(server.data), config.build_sources(), people=lambda: [owner, wang])
    contact = Unit("cn", "contacts.toml", "contact:police")
    topic = next(unit for unit in map(Unit.parse, TOPICS) if desk.reader.read_newest_content(unit))
    written = {
        FIRST_UNIT: AFTER,
        FIRST_UNIT.in_locale("zh-Hans"): "门一直关着，慢慢呼气三次。",
        Unit("cn", "en/strings.toml", "flow.borrower.title"): "At your door",
        contact: {**desk.reader.read_newest_content(contact), "number": "112"},
        topic: f"{desk.reader.read_newest_content(topic)}\nOne more sentence.\n",
    }
    for number, (unit, content) in enumerate(written.items()):
        head = desk.edits.save(wang, unit, content, seen=0).head  # type: ignore[arg-type]  # texts for texts, tables for tables
        if number:
            desk.reviews.submit_revision(wang, unit, head)
        if number == 1:
            desk.reviews.approve_revision(owner, unit, head)

    desk.add_subregion(wang, "cn", "cn-zj", {"zh-Hans": "浙江", "en": "Zhejiang"})
    desk.add_locale(wang, "cn", "fr", name="Français", fallback="en")
    desk.publishing.publish_plan(owner, desk.publishing.make_plan().digest)
    desk.publishing.roll_back(owner, reason="A sentence was wrong.")
    desk.publishing.recall_topic(owner, "cn", str(topic.topic), reason="A number was wrong.\nAsk the police first.")
    set_string(server.packs / "cn", "en", "flow.borrower.first", "Leave the door shut. Breathe out slowly.")
    store.close()


TOPICS = ("cn:en/topics/scams.md", "cn:en/topics/rights.md", "cn:en/topics/fake-documents.md")
PAGES = (
    *(f"reviews/?show={queue}" for queue in ("waiting", "reviewed", "writing")),
    *("publish/", "releases/", "recalls/", "reminders/?days=365", "upgrades/", "regions/new", "cn/languages/new"),
    *("cn/exchange/", "cn/history/en/strings.toml/flow.borrower.first?old=0&new=1"),
    "cn/upgrade/en/strings.toml/flow.borrower.first",
    *(
        "search/?q=110",
        "cn/translate/fr/beside/",
        "cn/order/topic/",
        "cn/order/check/?moved=ids",
        "cn/",
        "cn-zj/",
        "cn-zj/remove-whole",
        "cn/remove-whole",
        "cn/translate/fr/",
        "cn/languages/fr/remove",
    ),
)


@pytest.fixture(scope="module")
def owner(browser: Browser, full_server: ServerProcess) -> Iterator[Staff]:
    with staff_of(browser, full_server.url) as hire:
        li = hire()
        li.context.add_init_script(MEASURES)
        li.make_passkey(setup_link(full_server), "Li")
        li.print_codes()
        fill(full_server, Person("0" * 32, "Li", "owner"))
        yield li


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_for_everybody(owner: Staff, language: str) -> None:
    owner.goto("/editor/account/")
    speak(owner, language)
    problems = []
    for path in PAGES:
        owner.goto(f"/editor/{path}")
        assert owner.page.locator("main h1").count() == 1, path
        for summary in owner.page.locator("main summary").all()[:12]:
            summary.click()
        problems += problems_of(owner.page, path)
    for path, link in (("recalls/", "[data-topic] a"), ("releases/", "[data-release] a")):
        owner.goto(f"/editor/{path}")
        # Its address, not a click: a click comes back before the page that it leads to is there to be measured.
        owner.goto(str(owner.page.locator(link).first.get_attribute("href")))
        if "/confirm?" in owner.page.url:
            owner.page.locator("[data-kind=get] button").click()
        owner.page.locator("[name=reason], [action$='/lift']").first.wait_for()
        problems += problems_of(owner.page, f"{path}, one")

    assert not problems, "\n".join(problems)
