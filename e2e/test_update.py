"""A new release reaches a phone: small, between visits, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import (
    KEYS,
    Phone,
    begin_visit,
    current_slice,
    eventually,
    expect_whole_offline,
    save,
    wait_ready,
    worker_state,
)
from e2e.edits import add_sentence, add_topic, remove_topic, topic_file
from server.publish.data_folder.release import DataFolder
from tests.faulty_proxy import Answer, Fault, FaultyProxy, Passed
from tests.serving import ROOT, ServerProcess

ZH, EN = KEYS
UPDATE_BUDGET = 4 * 1024
UNCHANGED_BUDGET = 1024
SENTENCE = {ZH: "门一直关着。", EN: "Keep the door closed all the time."}


@pytest.fixture
def proxy(own_server: ServerProcess) -> Iterator[FaultyProxy]:
    """Between the phone and the server; here it only counts."""
    proxy = FaultyProxy(own_server)
    yield proxy
    proxy.close()


def publish_edit(server: ServerProcess, key: str, sentence: str | None = None) -> str:
    """Add one sentence to one topic, publish, and return the digest of the release."""
    assert server.packs is not None
    add_sentence(topic_file(server.packs, key), sentence or SENTENCE[key])
    server.command("release", "publish")
    return current_release(server)


def is_channel(passed: Passed) -> bool:
    return passed.path.startswith("/channel.json?")


def current_release(server: ServerProcess) -> str:
    return DataFolder(server.data).read_current().digest


def topic_page(server: ServerProcess, key: str) -> str:
    assert server.packs is not None
    return f"{key}/guide/{topic_file(server.packs, key).stem}/"


def held_slice(page: Page, key: str) -> str:
    """The digest of the copy on this phone; asked of the worker's own database."""
    return worker_state(page, "slots", key)["current"]["digest"]


def wait_for_current(page: Page, server: ServerProcess, key: str) -> None:
    wanted = current_slice(server, key).digest
    eventually(lambda: held_slice(page, key) == wanted, "the phone holds the current release")


def expect_release(page: Page, release: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-release", release)


def containers(passed: list[Passed]) -> list[str]:
    return [one.path for one in passed if re.search(r"\.(bundle|from\.)", one.path)]


@pytest.mark.parametrize("key", KEYS)
def test_edited_sentence_costs_a_returning_phone_little(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, key: str
) -> None:
    page = save(phone, proxy.url, key)
    old_release, old_slice = current_release(own_server), held_slice(page, key)
    release = publish_edit(own_server, key)
    assert release != old_release
    proxy.passed.clear()

    # The visit that finds the new release still shows the old one, whole; the next one shows the new one.
    page = phone.restart()
    page.goto(f"{proxy.url}/{topic_page(own_server, key)}")
    expect_release(page, old_release)
    assert SENTENCE[key] not in page.locator("main").inner_text()
    wait_for_current(page, own_server, key)
    spent = list(proxy.passed)
    page.goto(f"{proxy.url}/{topic_page(own_server, key)}")

    expect_release(page, release)
    expect(page.locator("main")).to_contain_text(SENTENCE[key])
    assert containers(spent) == [f"/b/{held_slice(page, key)}.from.{old_slice}"]
    assert sum(one.sent for one in spent) <= UPDATE_BUDGET, spent


def test_unchanged_release_costs_less_than_a_kilobyte(phone: Phone, proxy: FaultyProxy) -> None:
    save(phone, proxy.url, ZH)
    proxy.passed.clear()

    page = phone.restart()
    page.goto(f"{proxy.url}/{ZH}/")
    eventually(lambda: any(is_channel(one) for one in proxy.passed), "the phone looks for a new release")
    page.goto(f"{proxy.url}/{ZH}/now/")
    wait_ready(page)

    # No page either: which one is opened is nobody's business, and Chromium would fetch it if the worker let it.
    assert {one.path.partition("?")[0] for one in proxy.passed} <= {"/channel.json", "/sw.js"}
    per_visit = [one.sent for one in proxy.passed if is_channel(one)]
    assert max(per_visit) <= UNCHANGED_BUDGET, proxy.passed
    assert sum(one.sent for one in proxy.passed) <= 2 * UNCHANGED_BUDGET, proxy.passed


def test_other_language_edited_changes_the_release_without_a_download(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    page = save(phone, proxy.url, ZH)
    release = publish_edit(own_server, EN)
    proxy.passed.clear()

    page.goto(f"{proxy.url}/{ZH}/")
    eventually(
        lambda: worker_state(page, "slots", ZH)["current"]["release"] == release, "the copy belongs to the new release"
    )
    page.goto(f"{proxy.url}/{ZH}/")

    expect_release(page, release)
    assert containers(proxy.passed) == []


def test_phone_too_old_for_an_update_takes_the_whole(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    page = save(phone, proxy.url, ZH)
    release = publish_edit(own_server, ZH)
    for path in (own_server.data / "bundles").glob("*.from.*"):
        path.unlink()
    proxy.passed.clear()

    page.goto(f"{proxy.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    page.goto(f"{proxy.url}/{ZH}/")

    expect_release(page, release)
    asked = containers(proxy.passed)
    assert len(asked) == 2
    assert asked[1] == f"/b/{held_slice(page, ZH)}.bundle"


def test_new_release_is_whole_with_the_server_stopped(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server.url, ZH)
    publish_edit(own_server, ZH)
    page.goto(f"{own_server.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)

    expect_whole_offline(page, own_server, own_server.url, ZH)


def test_rollback_reaches_the_phone_like_an_update(phone: Phone, own_server: ServerProcess, proxy: FaultyProxy) -> None:
    first = current_release(own_server)
    publish_edit(own_server, ZH)
    page = save(phone, proxy.url, ZH)
    own_server.command("release", "rollback")
    assert current_release(own_server) == first
    proxy.passed.clear()

    page.goto(f"{proxy.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    page.goto(f"{proxy.url}/{topic_page(own_server, ZH)}")

    expect_release(page, first)
    expect(page.locator("main")).not_to_contain_text(SENTENCE[ZH])
    assert [".from." in path for path in containers(proxy.passed)] == [True]


def test_topic_comes_and_goes_with_its_release(phone: Phone, own_server: ServerProcess) -> None:
    assert own_server.packs is not None
    page = save(phone, own_server.url, ZH)
    topic = add_topic(own_server.packs)
    own_server.command("release", "publish")
    page.goto(f"{own_server.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    with own_server.down():
        response = page.goto(f"{own_server.url}/{ZH}/guide/{topic}/")
        assert response is not None
        assert response.status == 200
        expect(page.locator("h1")).to_have_text("T")

    remove_topic(own_server.packs, topic)
    own_server.command("release", "publish")
    page.goto(f"{own_server.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    own_server.stop()
    page.goto(f"{own_server.url}/{ZH}/guide/{topic}/")

    assert page.url == f"{own_server.url}/{ZH}/missing/"


def expect_held_back(page: Page, proxy: FaultyProxy, key: str, release: str) -> None:
    """Pages are opened online, the phone looks for a new release, and stays with the one it has."""
    for path in ("now/family/", "now/", ""):
        asked = len(proxy.asked)
        page.goto(f"{proxy.url}/{key}/{path}")
        expect_release(page, release)
        proxy.wait_asked("/channel.json", since=asked)
    # One more channel answered means that the first ones have been dealt with.
    assert containers(proxy.passed) == []


def test_page_with_an_open_visit_holds_its_release_until_they_have_left(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    page = save(phone, proxy.url, ZH)
    old = current_release(own_server)
    begin_visit(page, proxy.url, ZH)
    release = publish_edit(own_server, ZH)
    proxy.passed.clear()

    expect_held_back(page, proxy, ZH, old)
    page = phone.restart()
    expect_held_back(page, proxy, ZH, old)
    page.goto(f"{proxy.url}/{ZH}/now/")
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/now/after/")
    wait_for_current(page, own_server, ZH)
    page.goto(f"{proxy.url}/{ZH}/now/")

    expect_release(page, release)


def test_update_that_arrives_during_a_visit_waits(phone: Phone, own_server: ServerProcess, proxy: FaultyProxy) -> None:
    """The download had begun before the first tap: it must not switch the release under the visit."""
    page = save(phone, proxy.url, ZH)
    old, old_slice = current_release(own_server), held_slice(page, ZH)
    publish_edit(own_server, ZH)
    with proxy.stalled(r"\.from\."):
        page.goto(f"{proxy.url}/{ZH}/now/")
        proxy.wait_asked(r"\.from\.")
        page.locator('label[for="ids-no"]').click()
        eventually(lambda: worker_state(page, "meta", "visit"), "the worker knows of the visit")
    wait_failed_or_held(page, ZH)

    page.evaluate(KEEP, ZH)

    assert held_slice(page, ZH) == old_slice
    page.goto(f"{proxy.url}/{ZH}/now/")
    expect_release(page, old)


KEEP = """(key) => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  navigator.serviceWorker.controller.postMessage({ type: "keep", key }, [channel.port2]);
})"""


def wait_failed_or_held(page: Page, key: str) -> None:
    eventually(lambda: worker_state(page, "slots", key)["failed"], "the download that was cut off is noted")


WRITE_VISIT = """(at) => new Promise((resolve, reject) => {
  const request = indexedDB.open("doorwise-worker");
  request.onsuccess = () => {
    const db = request.result;
    const tx = db.transaction("meta", "readwrite");
    tx.objectStore("meta").put({ at }, "visit");
    tx.oncomplete = () => { db.close(); resolve(); };
    tx.onabort = () => { db.close(); reject(tx.error); };
  };
})"""


@pytest.mark.parametrize(
    ("hours", "holds"), [(11, True), (13, False), (-26_280, False)], ids=["11 hours", "13 hours", "clock was ahead"]
)
def test_forgotten_visit_holds_its_release_for_twelve_hours(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, hours: int, holds: bool
) -> None:
    page = save(phone, proxy.url, ZH)
    old = current_release(own_server)
    page.evaluate(WRITE_VISIT, page.evaluate("Date.now()") - hours * 3600 * 1000)
    release = publish_edit(own_server, ZH)
    proxy.passed.clear()

    if holds:
        expect_held_back(page, proxy, ZH, old)
        return
    page.goto(f"{proxy.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    page.goto(f"{proxy.url}/{ZH}/")

    expect_release(page, release)


UPDATE_WORKER = "async () => { await (await navigator.serviceWorker.getRegistration()).update(); }"
WAITING = "async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting)"


def test_new_worker_waits_and_the_copies_stay(phone: Phone, own_server: ServerProcess, proxy: FaultyProxy) -> None:
    page = save(phone, proxy.url, ZH)
    release = current_release(own_server)

    def newer(answer: Answer) -> Answer:
        answer.status = 200
        answer.body += b"\n// A newer worker.\n"
        return answer

    proxy.identity = True
    with proxy.broken(Fault("a newer worker", r"/sw\.js", newer)):
        page.evaluate(UPDATE_WORKER)
        eventually(lambda: page.evaluate(WAITING), "the new worker waits")
    page.goto(f"{proxy.url}/{ZH}/now/")
    expect_release(page, release)
    wait_ready(page)
    own_server.stop()

    # All pages of the old worker are closed: the new one takes over, with what the old one kept.
    page = phone.restart()
    response = page.goto(f"{proxy.url}/{ZH}/now/")

    assert response is not None
    assert response.from_service_worker
    expect_release(page, release)
    wait_ready(page)


def test_two_phones_get_their_own_updates(make_phone: Callable[..., Phone], own_server: ServerProcess) -> None:
    """One phone missed a release: it goes from the first to the third in one step."""
    late = make_phone()
    page = save(late, own_server.url, ZH)
    late.close()
    publish_edit(own_server, ZH)
    release = publish_edit(own_server, ZH, "不要开门。")

    page = late.open()
    page.goto(f"{own_server.url}/{ZH}/")
    wait_for_current(page, own_server, ZH)
    page.goto(f"{own_server.url}/{topic_page(own_server, ZH)}")

    expect_release(page, release)
    expect(page.locator("main")).to_contain_text(SENTENCE[ZH])
    expect(page.locator("main")).to_contain_text("不要开门。")


# --- what phones hold already ------------------------------------------------------------------------------------

# The worker as phones got it before it was written as modules.
EARLIER_WORKER = ROOT / "tests" / "data" / "worker-before-modules.js"
FORMS = """async () => {
  const forms = {};
  for (const { name, version } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    const tx = db.transaction(Array.from(db.objectStoreNames));
    for (const store of Array.from(db.objectStoreNames, (one) => tx.objectStore(one))) {
      forms[`${name} ${version} ${store.name}`] = [store.keyPath, store.autoIncrement, ...Array.from(store.indexNames)];
    }
    db.close();
  }
  return forms;
}"""


def test_phone_of_an_earlier_worker_moves_on_whole_and_keeps_its_log(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    def earlier(answer: Answer) -> Answer:
        return Answer(200, [("Content-Type", "text/javascript")], EARLIER_WORKER.read_bytes())

    with proxy.broken(Fault("the earlier worker", r"/sw\.js", earlier)):
        page = save(phone, proxy.url, ZH)
    begin_visit(page, proxy.url, ZH)
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/now/after/")
    old_release, old_slot, old_forms = (
        current_release(own_server),
        worker_state(page, "slots", ZH),
        page.evaluate(FORMS),
    )
    release = publish_edit(own_server, ZH)
    page.evaluate(UPDATE_WORKER)
    eventually(lambda: page.evaluate(WAITING), "the new worker waits")

    page = phone.restart()
    page.goto(f"{proxy.url}/{ZH}/records/")
    expect_release(page, old_release)
    expect(page.locator("article.record")).to_have_count(1)
    wait_for_current(page, own_server, ZH)
    page.goto(f"{proxy.url}/{ZH}/")

    expect_release(page, release)
    slot = worker_state(page, "slots", ZH)
    assert slot["previous"] == old_slot["current"]
    # When its files were checked last the earlier worker did not note, and does not mind.
    assert slot.keys() - {"checkedMs"} == old_slot.keys()
    assert slot["current"].keys() == old_slot["current"].keys()
    assert page.evaluate(FORMS) == old_forms
    assert {"doorwise 1 visits", "doorwise-worker 1 slots", "doorwise-worker 1 meta"} <= old_forms.keys()
    expect_whole_offline(page, own_server, proxy.url, ZH)
