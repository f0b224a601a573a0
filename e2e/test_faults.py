"""Broken downloads, full phones and killed browsers: the old release keeps serving whole, and a retry succeeds."""

from __future__ import annotations

import json
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import KEYS, SHIPPED, Phone, begin_visit, eventually, wait_ready, worker_state
from e2e.edits import add_sentence, add_topic
from server.publish.current import roll_back
from server.publish.data_folder.release import DataFolder
from server.publish.data_folder.slices import Slice
from tests.faulty_proxy import Answer, Break, Fault, FaultyProxy, alter, cut, drop, portal, status, truncate
from tests.serving import ServerProcess

ZH, EN = KEYS
UPDATE, WHOLE, CHANNEL = r"\.from\.", r"\.bundle$", r"/channel\.json\?"
SEED = 20261121


# --- two releases to go back and forth between -------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """A server with two releases: many sentences differ, one topic is there only in the second."""

    server: ServerProcess
    folder: DataFolder
    releases: tuple[str, str]

    def make_current(self, release: str) -> None:
        """Move the channel, as `doorwise release rollback` does."""
        if self.folder.channel.read().release != release:
            roll_back(self.folder, release)

    def other(self, release: str) -> str:
        return self.releases[1 - self.releases.index(release)]

    def slice(self, release: str, key: str = ZH) -> Slice:
        return self.folder.read_slice(key, self.folder.read_release(release).slices[key])

    def container(self, release: str, *, since: str | None = None) -> bytes:
        """The bytes of the update from `since`, or of the whole slice."""
        digest = self.slice(release).digest
        name = f"{digest}.from.{self.slice(since).digest}" if since else f"{digest}.bundle"
        return self.folder.build_bundle_path(name).read_bytes()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("pair")
    shutil.copytree(published, root / "data")
    shutil.copytree(SHIPPED, root / "packs")
    server = ServerProcess(root / "data", packs=root / "packs").start()
    folder = DataFolder(server.data)
    first = folder.read_current().digest
    change_much(root / "packs")
    server.command("release", "publish")
    found = Pair(server, folder, (first, folder.read_current().digest))
    assert len(set(found.releases)) == 2
    found.make_current(first)  # makes the update in the other direction
    yield found
    server.stop()


def change_much(packs: Path) -> None:
    """Edit every topic, and add one: an update then carries patches, a whole file, and in the other direction a removal."""
    for path in sorted((packs / "cn" / "zh-Hans" / "topics").glob("*.md")):
        add_sentence(path, f"{path.stem}：门一直关着。")
    add_topic(packs)


@pytest.fixture
def proxy(pair: Pair) -> Iterator[FaultyProxy]:
    pair.make_current(pair.releases[0])
    proxy = FaultyProxy(pair.server, identity=True)
    yield proxy
    proxy.close()


@pytest.fixture
def figures(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Say how many runs there were, also when the test passes: a soak run is worth nothing without."""

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}\n")

    return say


# --- what the phone is asked -------------------------------------------------------------------------------------

ASK = """([type, key]) => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  navigator.serviceWorker.controller.postMessage({ type, key }, [channel.port2]);
})"""

# Fetch every file of a slice through the worker and name those that are not, byte for byte, what they should be.
# The worker's own answers carry no ETag; one that has it came over the network, so there is a hole on the phone.
HOLES = """async ([root, slice, files]) => {
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const filled = /data-offline="[a-z]+" data-held data-release="[0-9a-f]{64}" data-slice="([0-9a-f]{64})"/;
  const holes = [];
  for (const [path, digest, type] of files) {
    try {
      const answer = await fetch(root + "/" + path, { cache: "no-store" });
      let body = await answer.arrayBuffer();
      if (answer.status !== 200 || answer.headers.has("ETag")) throw new Error("not from this phone");
      if (type.startsWith("text/html")) {
        const text = new TextDecoder().decode(body);
        const marks = filled.exec(text);
        if (!marks || marks[1] !== slice) throw new Error("of another release");
        const blank = 'data-offline="none" data-release="" data-slice=""';
        body = new TextEncoder().encode(text.replace(marks[0], blank));
      }
      if (hex(await crypto.subtle.digest("SHA-256", body)) !== digest) throw new Error("other bytes");
    } catch (error) {
      holes.push(`${path}: ${error}`);
    }
  }
  return holes;
}"""


def holes(page: Page, url: str, slice_: Slice) -> list[str]:
    """What is wrong with the copy on this phone; empty when it is wholly `slice_`."""
    files = [[path, file.sha256, file.media_type] for path, file in slice_.files.items()]
    return page.evaluate(HOLES, [url, slice_.digest, files])


def ask(page: Page, type_: str, key: str = ZH) -> dict[str, Any]:
    return page.evaluate(ASK, [type_, key])


def save(phone: Phone, url: str) -> Page:
    page = phone.open()
    page.goto(f"{url}/{ZH}/")
    wait_ready(page)
    return page


# --- every fault -------------------------------------------------------------------------------------------------


def container_faults(data: bytes, path: str) -> list[Fault]:
    """Every place that means something in a container damaged, and everything that may befall the whole."""
    found = []
    for name, start, length in carried(data):
        offsets = {"first": start, "middle": start + length // 2, "last": start + length - 1}
        found += [Fault(f"{name}, {where} byte altered", path, alter(at)) for where, at in offsets.items()]
        # The download ends in the middle of this file, noticed by the length or only by the content.
        found.append(Fault(f"cut in {name}", path, cut((start + length // 2) / len(data))))
        found.append(Fault(f"truncated in {name}", path, truncate(len(data) - start - length // 2)))
    for name, start, length in announced(data):
        found.append(Fault(f"{name} altered", path, alter(start + length // 2)))
    return found + response_faults(path)


Place = tuple[str, int, int]  # name, offset, length


def split(data: bytes) -> tuple[bytes, dict[str, Any], int]:
    """The index as it stands, what it says, and where the bodies begin."""
    start = 8 + int.from_bytes(data[4:8], "big")
    return data[8:start], json.loads(data[8:start]), start


def in_head(head: bytes, entry: list[Any]) -> tuple[int, int]:
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    return 8 + head.index(text), len(text)


def carried(data: bytes) -> list[Place]:
    """Every file that a container brings: whole, or as a patch."""
    head, index, at = split(data)
    found = [(f"patch {patch[0][:12]}", *in_head(head, patch)) for patch in index.get("patches", [])]
    for digest, length in index["parts"]:
        found.append((f"file {digest[:12]}", at, length))
        at += length
    assert at == len(data)
    return found


def announced(data: bytes) -> list[Place]:
    """The head, and everything that the index says about files."""
    head, index, _ = split(data)
    found = [
        ("the magic", 0, 4),
        ("the length", 7, 1),
        ("the slice's name", 8 + head.index(index["slice"].encode()), 64),
    ]
    entries = [*index["parts"], *index.get("set", [])]
    found += [(f"the index of {entry[0][:24]}", *in_head(head, entry)) for entry in entries]
    for line in index.get("manifest", "").splitlines():
        text = line.replace("\t", "\\t").encode()
        found.append((f"the manifest of {line.split()[0]}", 8 + head.index(text), len(text)))
    return found


def response_faults(path: str) -> list[Fault]:
    return [
        Fault("dropped", path, drop),
        Fault("cut at once", path, cut(0)),
        Fault("cut half-way", path, cut(0.5)),
        Fault("cut near the end", path, cut(0.99)),
        Fault("one byte short", path, truncate(1)),
        *(Fault(f"answered {code}", path, status(code)) for code in (403, 500, 502, 503)),
        Fault("a captive portal", path, portal),
    ]


class Bench:
    """One phone that is taken back and forth between two releases, each time through another fault."""

    def __init__(self, pair: Pair, proxy: FaultyProxy, page: Page) -> None:
        self.pair, self.proxy, self.page = pair, proxy, page
        self.held = pair.releases[0]
        self.runs = 0
        self.holes: list[str] = []
        self.said: list[str] = []  # why the worker gave up; shown when a test fails
        page.context.on("console", lambda message: self.said.append(message.text))

    def expect_whole(self, release: str, when: str) -> None:
        self.holes += [f"{when}: {hole}" for hole in holes(self.page, self.proxy.url, self.pair.slice(release))]

    def run_update(self, fault: Fault, target: str) -> None:
        """The update to `target` fails, the old release stays whole, the retry succeeds."""
        self.runs += 1
        self.pair.make_current(target)
        with self.proxy.broken(fault):
            answer = ask(self.page, "keep")
        assert (answer["state"], answer["held"]) == ("failed", True), fault.name
        expect(self.page.locator("html")).to_have_attribute("data-offline", "failed")
        self.expect_whole(self.held, f"after {fault.name}")
        self.retry(fault.name)
        self.held = target
        self.expect_whole(self.held, f"after the retry of {fault.name}")

    def run_first(self, fault: Fault) -> None:
        """Nothing is held: the page says so, is usable, and the retry succeeds."""
        self.runs += 1
        ask(self.page, "forget")
        # A whole copy that came before would be in the browser's own cache, and the fault would not be met.
        self.page.context.new_cdp_session(self.page).send("Network.clearBrowserCache")
        with self.proxy.broken(fault):
            self.page.reload()
            wait_ready(self.page, "failed")
        expect(self.page.locator("html")).not_to_have_attribute("data-held", "")
        expect(self.page.locator(".status__failed")).to_be_visible()
        expect(self.page.locator('a[data-action="visit-now"]')).to_be_visible()
        self.retry()
        self.expect_whole(self.held, f"after the retry of a first visit, {fault.name}")

    def retry(self, after: str = "") -> None:
        """Click the button once; it must work at the first try."""
        self.page.locator("[data-retry]").click()
        state = self.page.locator("html:not([data-offline='saving'])")
        expect(state).to_have_count(1)
        assert state.get_attribute("data-offline") == "ready", (after, self.said[-3:], self.proxy.passed[-4:])

    def report(self, say: Callable[[str], None], what: str) -> None:
        say(f"{what}: {self.runs} runs, {len(self.holes)} holes")
        assert self.holes == []


def update_faults(pair: Pair, target: str) -> list[Fault]:
    return container_faults(pair.container(target, since=pair.other(target)), UPDATE)


def whole_faults(pair: Pair, target: str) -> list[Fault]:
    return container_faults(pair.container(target), WHOLE)


def channel_faults() -> list[Fault]:
    """A channel that cannot be read. (One that names something else is served by nobody: see the next test.)"""
    return response_faults(CHANNEL)


@pytest.fixture
def bench(pair: Pair, proxy: FaultyProxy, phone: Phone) -> Bench:
    return Bench(pair, proxy, save(phone, proxy.url))


def without_updates(fault: Fault) -> Fault:
    """This phone is too old for an update: the server has none, and the fault strikes the whole slice."""

    def apply(answer: Any) -> Any:
        return status(404)(answer) if answer.status == 200 and is_update(answer) else fault.apply(answer)

    def is_update(answer: Any) -> bool:
        return b'"kind":"update"' in answer.body

    return Fault(f"{fault.name} (whole)", rf"{UPDATE}|{WHOLE}", apply)


def test_every_kind_of_fault_of_an_update(bench: Bench, figures: Callable[[str], None]) -> None:
    """A sample; the long version strikes every file at three places."""
    pair, rng = bench.pair, random.Random(SEED)
    for choose in (update_faults, whole_faults):
        target = pair.other(bench.held)
        for fault in (
            rng.sample(choose(pair, target), 5) + response_faults(UPDATE if choose is update_faults else WHOLE)[::3]
        ):
            target = pair.other(bench.held)
            if "altered" in fault.name:  # the offsets are those of one direction
                fault = rng.choice([one for one in choose(pair, target) if "altered" in one.name])
            bench.run_update(without_updates(fault) if choose is whole_faults else fault, target)
    for fault in channel_faults()[::3]:
        bench.run_update(fault, pair.other(bench.held))

    bench.report(figures, "faults of an update, sample")


def test_every_kind_of_fault_of_a_first_visit(bench: Bench, figures: Callable[[str], None]) -> None:
    faults = whole_faults(bench.pair, bench.held)
    for fault in [*random.Random(SEED).sample(faults, 4), Fault("dropped", WHOLE, drop)]:
        bench.run_first(fault)

    bench.report(figures, "faults of a first visit, sample")


@pytest.mark.soak
def test_every_file_of_a_bundle_and_of_an_update_may_break(bench: Bench, figures: Callable[[str], None]) -> None:
    """Every file and patch at its first, middle and last byte, and every line of an index, of both updates and both bundles."""
    pair = bench.pair
    began = time.monotonic()
    queues = {
        target: [
            *update_faults(pair, target),
            *(without_updates(fault) for fault in whole_faults(pair, target)),
            *channel_faults(),
        ]
        for target in pair.releases
    }
    # Back and forth, so that every retry leads to where the next fault strikes.
    while any(queues.values()):
        target = pair.other(bench.held)
        bench.run_update(queues[target].pop() if queues[target] else channel_faults()[0], target)
    for fault in random.Random(SEED).sample(whole_faults(pair, bench.held), 30):
        bench.run_first(fault)

    bench.report(figures, f"faults in {time.monotonic() - began:.0f} s")
    assert bench.runs >= 200


def test_connection_that_stalls_leaves_the_old_release_in_use(bench: Bench) -> None:
    target = bench.pair.other(bench.held)
    bench.pair.make_current(target)
    asked = len(bench.proxy.asked)
    with bench.proxy.stalled(UPDATE):
        bench.page.goto(f"{bench.proxy.url}/{ZH}/")
        bench.proxy.wait_asked(UPDATE, since=asked)
        bench.expect_whole(bench.held, "while the update stalls")
        expect(bench.page.locator("html")).to_have_attribute("data-offline", "ready")
    expect(bench.page.locator("html")).to_have_attribute("data-offline", "failed")
    bench.expect_whole(bench.held, "after the connection was lost")
    bench.retry()
    bench.expect_whole(target, "after the retry")

    assert bench.holes == []


def test_failed_update_is_tried_again_by_itself(bench: Bench) -> None:
    """The next page that is opened looks again; nobody has to find the button."""
    target = bench.pair.other(bench.held)
    bench.pair.make_current(target)
    with bench.proxy.broken(Fault("dropped", UPDATE, drop)):
        ask(bench.page, "keep")
    wait_ready(bench.page, "failed")

    bench.page.goto(f"{bench.proxy.url}/{ZH}/")
    wait_ready(bench.page)

    bench.expect_whole(target, "after opening another page")
    assert bench.holes == []


def test_channel_that_cannot_be_read_changes_nothing(bench: Bench) -> None:
    """Opening a page looks for a new release. A captive portal in its place is no failure: the copy is as whole as before."""
    for fault in channel_faults():
        asked = len(bench.proxy.asked)
        with bench.proxy.broken(fault):
            bench.page.goto(f"{bench.proxy.url}/{ZH}/")
            bench.proxy.wait_asked(CHANNEL, since=asked)
        bench.expect_whole(bench.held, fault.name)
        expect(bench.page.locator("html")).to_have_attribute("data-offline", "ready")

    assert bench.holes == []


def test_altered_channel_is_not_believed_twice(bench: Bench) -> None:
    """The browser's own cache keeps what came, and the server confirms it by its tag: a retry must ask for all of it again."""
    target = bench.pair.other(bench.held)
    bench.pair.make_current(target)

    def other_slice(answer: Answer) -> Answer:
        digest = bench.pair.slice(target).digest.encode()
        return Answer(answer.status, answer.headers, answer.body.replace(digest, digest[::-1]))

    with bench.proxy.broken(Fault("another slice", CHANNEL, other_slice)):
        assert ask(bench.page, "keep")["state"] == "failed"
    bench.retry()

    bench.expect_whole(target, "after the retry")
    assert bench.holes == []


@pytest.mark.parametrize(
    "fault",
    [drop, cut(0.5), truncate(1000), status(404), status(500), portal],
    ids=["dropped", "cut", "truncated", "404", "500", "portal"],
)
def test_worker_script_that_does_not_arrive_can_be_asked_for_again(
    pair: Pair, proxy: FaultyProxy, phone: Phone, fault: Break
) -> None:
    page = phone.open()
    with proxy.broken(Fault("worker", r"/sw\.js$", fault)):
        page.goto(f"{proxy.url}/{ZH}/")
        wait_ready(page, "failed")
    expect(page.locator(".status__failed")).to_be_visible()

    page.locator("[data-retry]").click()

    wait_ready(page)
    assert holes(page, proxy.url, pair.slice(pair.releases[0])) == []


# --- stylesheet, script and icon: no bundle carries them ----------------------------------------------------------


def other_body(answer: Answer) -> Answer:
    """Whole in itself, and not what the address promises: what a broken cache between server and phone hands out."""
    headers = [(name, value) for name, value in answer.headers if name.lower() != "content-encoding"]
    return Answer(answer.status, headers, b"/* something else */")


def once(fault: Break) -> Break:
    """Only the first answer is broken."""
    left = iter([fault])
    return lambda answer: next(left, lambda whole: whole)(answer)


def shell_address(slice_: Slice, suffix: str) -> str:
    return next(path for path in slice_.files if path.startswith("b/") and path.endswith(suffix))


@pytest.mark.parametrize("suffix", [".css", ".png"])
def test_damaged_shell_file_in_the_browsers_cache_is_fetched_again(
    pair: Pair, proxy: FaultyProxy, phone: Phone, suffix: str
) -> None:
    """It is immutable there, so that nothing but a request past the cache can mend it."""
    slice_ = pair.slice(pair.releases[0])
    path = shell_address(slice_, suffix)
    page = phone.open()

    with proxy.broken(Fault("another body, once", path, once(other_body))):
        page.goto(f"{proxy.url}/{ZH}/")
        wait_ready(page)

    assert holes(page, proxy.url, slice_) == []
    assert len([one for one in proxy.asked if one.endswith(path)]) > 1


def test_optimiser_that_rewrites_files_by_their_type_does_not_keep_a_phone_from_being_ready(
    pair: Pair, proxy: FaultyProxy, phone: Phone
) -> None:
    page = phone.open()

    with proxy.broken(Fault("an optimiser that heeds no header", r"/b/\w+\.(css|png)$", other_body)):
        page.goto(f"{proxy.url}/{ZH}/")
        wait_ready(page)

    assert holes(page, proxy.url, pair.slice(pair.releases[0])) == []


@pytest.mark.parametrize("fault", [other_body, status(404), drop], ids=["another body", "missing", "dropped"])
def test_shell_file_that_stays_broken_leaves_nothing_half_saved(
    pair: Pair, proxy: FaultyProxy, phone: Phone, fault: Break
) -> None:
    slice_ = pair.slice(pair.releases[0])
    path = shell_address(slice_, ".css")
    page = phone.open()

    with proxy.broken(Fault("for ever", path.removesuffix(".css"), fault)):
        page.goto(f"{proxy.url}/{ZH}/")
        wait_ready(page, "failed")
    expect(page.locator("html")).not_to_have_attribute("data-held", "")
    assert worker_state(page, "slots", ZH).get("current") is None

    page.locator("[data-retry]").click()

    wait_ready(page)
    assert holes(page, proxy.url, slice_) == []


# --- a gap in the copy itself ------------------------------------------------------------------------------------

LOSE = """async (digest) => {
  const cache = await caches.open("doorwise-blobs");
  return (await Promise.all((await cache.keys()).filter((one) => one.url.endsWith(digest)).map((one) => cache.delete(one)))).length;
}"""


@pytest.mark.parametrize("path", [f"{ZH}/now/", f"{ZH}/guide/"])
def test_file_lost_from_the_phone_is_fetched_again(bench: Bench, path: str) -> None:
    """Browsers may lose an entry of their cache; the page still opens online, and the copy becomes whole again."""
    page, slice_ = bench.page, bench.pair.slice(bench.held)
    assert page.evaluate(LOSE, slice_.files[path].sha256) == 1

    response = page.goto(f"{bench.proxy.url}/{path}")

    assert response is not None
    assert response.status == 200
    eventually(lambda: holes(page, bench.proxy.url, slice_) == [], "the copy is whole again")
    wait_ready(page)


def test_gap_is_mended_during_a_visit_without_another_release(bench: Bench) -> None:
    page, slice_ = bench.page, bench.pair.slice(bench.held)
    page.goto(f"{bench.proxy.url}/{ZH}/now/")
    page.locator('label[for="ids-no"]').click()
    eventually(lambda: worker_state(page, "meta", "visit"), "the worker knows of the visit")
    assert page.evaluate(LOSE, slice_.files[f"{ZH}/about/"].sha256) == 1
    bench.pair.make_current(bench.pair.other(bench.held))

    page.reload()

    eventually(lambda: holes(page, bench.proxy.url, slice_) == [], "the copy is whole again, and the same")
    wait_ready(page)


def test_retry_during_a_visit_mends_the_release_that_is_held(bench: Bench) -> None:
    """A newer release would be refused: it is not even asked for, or each tap would cost a whole bundle."""
    page, slice_, newer = bench.page, bench.pair.slice(bench.held), bench.pair.other(bench.held)
    begin_visit(page, bench.proxy.url, ZH)
    assert page.evaluate(LOSE, slice_.files[f"{ZH}/about/"].sha256) == 1
    bench.pair.make_current(newer)
    with bench.proxy.broken(Fault("no server", rf"{CHANNEL}|{UPDATE}|{WHOLE}", status(503))):
        page.goto(f"{bench.proxy.url}/{ZH}/")
        # Else the phone could mend the copy by itself, before the button is there.
        eventually(lambda: 503 in [one.status for one in bench.proxy.passed if "/channel" in one.path], "no channel")
        wait_ready(page, "failed")

    bench.retry("during a visit")

    assert holes(page, bench.proxy.url, slice_) == []
    assert [path for path in bench.proxy.asked if bench.pair.slice(newer).digest in path] == []


# The digests of all files on this phone.
KEPT = """async () => {
  const cache = await caches.open("doorwise-blobs");
  return (await cache.keys()).map((one) => one.url.split("/").pop());
}"""


def test_update_that_a_visit_refuses_leaves_no_file_behind(bench: Bench) -> None:
    """Its download had begun before the first tap, and comes to its end after it."""
    page, slice_ = bench.page, bench.pair.slice(bench.held)
    bench.pair.make_current(bench.pair.other(bench.held))
    is_begun = threading.Event()

    def come_during_the_visit(answer: Answer) -> Answer:
        assert is_begun.wait(30)
        return answer

    with bench.proxy.broken(Fault("late", UPDATE, come_during_the_visit)):
        page.goto(f"{bench.proxy.url}/{ZH}/now/")
        bench.proxy.wait_asked(UPDATE)
        page.locator('label[for="ids-no"]').click()
        eventually(lambda: worker_state(page, "meta", "visit"), "the worker knows of the visit")
        is_begun.set()
    # Answered after what was asked for before it.
    assert ask(page, "keep")["state"] == "ready"

    assert set(page.evaluate(KEPT)) == {file.sha256 for file in slice_.files.values()}
    assert holes(page, bench.proxy.url, slice_) == []


def test_update_of_a_copy_with_a_gap_takes_the_whole(bench: Bench) -> None:
    target = bench.pair.other(bench.held)
    assert bench.page.evaluate(LOSE, bench.pair.slice(bench.held).files[f"{ZH}/about/"].sha256) == 1
    bench.pair.make_current(target)

    assert ask(bench.page, "keep")["state"] == "ready"

    bench.expect_whole(target, "after the update")
    assert bench.holes == []


# --- no room -----------------------------------------------------------------------------------------------------


def set_quota(phone: Phone, page: Page, url: str, size: int | None) -> None:
    assert phone.context is not None
    session = phone.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": url, **({} if size is None else {"quotaSize": size})})


def test_full_phone_keeps_the_old_release(bench: Bench, phone: Phone) -> None:
    target = bench.pair.other(bench.held)
    bench.pair.make_current(target)
    session_size = 1

    set_quota(phone, bench.page, bench.proxy.url, session_size)
    answer = ask(bench.page, "keep")
    assert (answer["state"], answer["held"]) == ("failed", True)
    wait_ready(bench.page, "failed")
    bench.expect_whole(bench.held, "while the phone is full")
    set_quota(phone, bench.page, bench.proxy.url, None)
    bench.retry()

    bench.expect_whole(target, "after room was made")
    assert bench.holes == []


def test_first_visit_on_a_full_phone_says_so(pair: Pair, proxy: FaultyProxy, phone: Phone) -> None:
    page = phone.open()
    page.goto(f"{proxy.url}/editor/")  # an address of this origin that registers no worker
    assert phone.context is not None
    session = phone.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": proxy.url, "quotaSize": 1})

    page.goto(f"{proxy.url}/{ZH}/")
    wait_ready(page, "failed")
    expect(page.locator("html")).not_to_have_attribute("data-held", "")
    page.locator('a[data-action="visit-now"]').click()
    page.wait_for_url("**/now/")
    # Each page has the worker try again: the last try must be over before there is room, or it succeeds by itself.
    wait_ready(page, "failed")
    page.goto(f"{proxy.url}/{ZH}/")
    wait_ready(page, "failed")
    session.send("Storage.overrideQuotaForOrigin", {"origin": proxy.url})
    page.locator("[data-retry]").click()

    wait_ready(page)
    assert holes(page, proxy.url, pair.slice(pair.releases[0])) == []


# --- killed ------------------------------------------------------------------------------------------------------


def kill_during_updates(pair: Pair, phone: Phone, times: int) -> tuple[dict[str, int], list[str]]:
    """Kill the browser at a random moment of an update, `times` times; each time look at what is left, offline.

    Every second run takes the whole slice, whose files are many. How long an update takes here is measured first, and
    the moments lie within that.

    Returns:
        How many runs ended with the old and with the new release, and the holes.
    """
    rng = random.Random(SEED)
    found: list[str] = []
    ended = {"old": 0, "new": 0}
    proxy = FaultyProxy(pair.server, identity=True)
    try:
        page = save(phone, proxy.url)
        lasts = {kind: time_update(pair, proxy, page, kind) for kind in (UPDATE, WHOLE)}
        for number in range(times):
            kind = (UPDATE, WHOLE)[number % 2]
            held, _ = begin_update(pair, proxy, page, kind)
            time.sleep(rng.uniform(0, lasts[kind]))  # the random moment, not a wait for something
            phone.kill()

            pair.server.stop()
            page = phone.open()
            page.goto(f"{proxy.url}/{ZH}/now/")
            left = slice_release(pair, page.locator("html").get_attribute("data-slice") or "")
            ended["old" if left == held else "new"] += 1
            found += [f"kill {number}: {hole}" for hole in holes(page, proxy.url, pair.slice(left))]
            pair.server.start()
    finally:
        proxy.close()
    return ended, found


def begin_update(pair: Pair, proxy: FaultyProxy, page: Page, kind: str) -> tuple[str, str]:
    """Publish the other release and open a page; gives back (held, coming) once the phone asks for the bytes."""
    held = slice_release(pair, worker_state(page, "slots", ZH)["current"]["digest"])
    coming = pair.other(held)
    pair.make_current(coming)
    asked = len(proxy.asked)
    proxy.fault = Fault("no update", UPDATE, status(404)) if kind == WHOLE else None
    page.goto(f"{proxy.url}/{ZH}/")
    proxy.wait_asked(kind, since=asked)
    return held, coming


def time_update(pair: Pair, proxy: FaultyProxy, page: Page, kind: str) -> float:
    """Seconds from the request to the switch."""
    _, coming = begin_update(pair, proxy, page, kind)
    began = time.monotonic()
    digest = pair.slice(coming).digest
    eventually(lambda: worker_state(page, "slots", ZH)["current"]["digest"] == digest, "the update has arrived")
    return time.monotonic() - began


def slice_release(pair: Pair, digest: str) -> str:
    return next(release for release in pair.releases if pair.slice(release).digest == digest)


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_browser_killed_during_an_update_holds_one_whole_release(
    pair: Pair, phone: Phone, figures: Callable[[str], None], times: int
) -> None:
    ended, found = kill_during_updates(pair, phone, times)

    figures(f"browser killed {times} times: {ended['old']} old, {ended['new']} new, {len(found)} holes")
    assert found == []
