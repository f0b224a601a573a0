"""Slices, patches and containers over random sets of files; what Python makes, the worker's JavaScript must read."""

import base64
import json
import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.container import (
    ContainerError,
    build_update,
    build_whole_slice,
    open_container,
    open_slice,
)
from server.publish.data_folder.patch import apply_patch, make_patch
from server.publish.data_folder.slices import Slice, SliceFile, parse_manifest
from tests.publishing import STATIC

HTML = "text/html; charset=utf-8"
# Characters that some line splitters take for the end of a line, a byte order mark, and what is no single UTF-16 unit.
PIECES = ["a", "b\n", "\n", "\r", "\r\n", "\u2028", "\u0085", "\ufeff", "门", "😀", "<p>words</p>\n", '"', "\\"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(lambda parts: "".join(parts).encode())
BODIES = TEXTS | st.binary(max_size=40)
PATHS = st.sampled_from([f"xa/en/{name}/" for name in "abcdefgh"] + ["xa/en/manifest.webmanifest", "b/0.css"])
FILES = st.dictionaries(PATHS, st.tuples(BODIES, st.sampled_from([HTML, "image/png", "application/manifest+json"])))


def slice_of(files: dict[str, tuple[bytes, str]], store: dict[str, bytes]) -> Slice:
    store |= {sha256_hex(body): body for body, _ in files.values()}
    return Slice("xa/en", {path: SliceFile(sha256_hex(body), kind) for path, (body, kind) in files.items()})


@given(FILES.filter(bool))
def test_a_slice_survives_its_manifest(files):
    slice_ = slice_of(files, {})

    assert parse_manifest("xa/en", slice_.manifest) == slice_


@given(FILES)
def test_a_whole_slice_brings_every_file_but_the_shell(files):
    """The page that asks for it has just fetched the shell's files."""
    store: dict[str, bytes] = {}
    slice_ = slice_of({"xa/en/": (b"home", HTML), **files}, store)

    opened, bodies = open_slice(build_whole_slice(slice_, store.__getitem__), key="xa/en")

    assert opened == slice_
    carried = [file.sha256 for path, file in slice_.files.items() if not path.startswith("b/")]
    assert bodies == {digest: store[digest] for digest in carried}


@given(FILES, FILES)
def test_an_update_makes_the_new_slice_of_the_old_one(before, after):
    """Shared bytes, renamed, dropped, binary and patched files alike."""
    store: dict[str, bytes] = {}
    old, new = slice_of(before, store), slice_of(after, store)
    held = {file.sha256: store[file.sha256] for file in old.files.values()}

    opened, bodies = open_slice(build_update(old, new, store.__getitem__), key="xa/en", old=old, read=held.__getitem__)

    assert opened == new
    assert all((bodies | held)[file.sha256] == store[file.sha256] for file in new.files.values())
    assert not set(bodies) & set(held), "it brings what the phone has"


@given(BODIES, BODIES)
def test_a_patch_gives_the_new_text(old, new):
    patch = make_patch(old, new)

    assert patch is None or apply_patch(old, json.loads(json.dumps(patch))) == new


def test_an_update_does_not_grow_with_the_number_of_files():
    """One edited sentence costs about a sentence, whatever else the slice holds."""
    sizes = []
    for count in (5, 200):
        store: dict[str, bytes] = {}
        page = "".join(f"<p>line {number}</p>\n" for number in range(100))
        files = {f"xa/en/guide/{number}/": (f"{page}{number}".encode(), HTML) for number in range(count)}
        edited = {**files, "xa/en/guide/1/": (page.replace("line 50<", "another<").encode(), HTML)}
        old, new = slice_of(files, store), slice_of(edited, store)
        sizes.append(len(build_update(old, new, store.__getitem__)))

    assert sizes[1] < 700
    assert sizes[0] == sizes[1]


@given(st.data())
def test_a_container_that_was_altered_is_refused(data):
    """A single wrong byte anywhere, or a missing end, never opens as another slice."""
    store: dict[str, bytes] = {}
    slice_ = slice_of({"xa/en/": (b"<p>home</p>", HTML), "b/1.png": (b"\x89PNG", "image/png")}, store)
    whole = build_whole_slice(slice_, store.__getitem__)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    broken = data.draw(st.sampled_from([bytes(changed), whole[:place], whole + b"\0"]))

    try:
        opened, _ = open_slice(broken, key="xa/en")
    except ContainerError:
        return

    assert opened == slice_, "only bytes that mean nothing may differ"


def test_an_update_of_another_slice_is_refused():
    store: dict[str, bytes] = {}
    old, new, third = (slice_of({"xa/en/": (text, HTML)}, store) for text in (b"1", b"2", b"3"))

    with pytest.raises(ContainerError, match="another slice"):
        open_slice(build_update(old, new, store.__getitem__), key="xa/en", old=third, read=store.__getitem__)


RUN_WORKER = """
import fs from "node:fs";
const { applyPatch, formatManifest, parseContainer, parseManifest } = await import(process.argv[1]);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const base64 = (data) => Buffer.from(data).toString("base64");
const cases = JSON.parse(fs.readFileSync(0, "utf8"));
const answers = {
  patches: cases.patches.map(([old, operations]) => base64(applyPatch(bytes(old), operations))),
  containers: cases.containers.map((text) => {
    const { index, body } = parseContainer(bytes(text).buffer);
    return { index, bodies: index.parts.map((_part, number) => base64(body(number))) };
  }),
  manifests: cases.manifests.map((text) => formatManifest(parseManifest(text))),
  refused: cases.refused.map((text) => {
    try { parseContainer(bytes(text).buffer); return false; } catch { return true; }
  }),
};
process.stdout.write(JSON.stringify(answers));
"""


def some_files(source: random.Random) -> dict[str, tuple[bytes, str]]:
    """Mostly pages that have most lines in common, so that most updates hold patches."""
    files = {}
    for number in source.sample(range(6), source.randint(1, 6)):
        lines = [f"<p>{number}: line {line} of a page that is long enough</p>\n" for line in range(20)]
        for _ in range(source.randint(0, 4)):
            lines[source.randrange(20)] = "".join(source.choices(PIECES, k=source.randint(0, 9)))
        body = source.choice([*["".join(lines).encode()] * 4, source.randbytes(30)])
        files[f"xa/en/{number}/"] = (body, source.choice([HTML, HTML, HTML, "image/png"]))
    return files


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_the_worker_reads_what_the_server_writes():
    """The same random inputs through the worker's own functions, in one process of node."""
    source = random.Random(20261121)
    patches, results, containers, manifests, refused = [], [], [], [], []
    for _ in range(300):
        store: dict[str, bytes] = {}
        old, new = slice_of(some_files(source), store), slice_of(some_files(source), store)
        containers += [build_whole_slice(new, store.__getitem__), build_update(old, new, store.__getitem__)]
        manifests += [old.manifest, new.manifest]
        refused.append(containers[-2][: source.randrange(len(containers[-2]))])
        for digest, before, operations in open_container(containers[-1])[0]["patches"]:
            patches.append([base64_text(store[before]), operations])
            results.append(base64_text(store[digest]))
    cases = {
        "patches": patches,
        "containers": [base64_text(data) for data in containers],
        "manifests": manifests,
        "refused": [base64_text(data) for data in refused],
    }

    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-e", RUN_WORKER, str(STATIC / "js/worker/container.js")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    answers = json.loads(done.stdout)
    assert len(patches) > 100
    assert answers["patches"] == results
    assert answers["manifests"] == manifests
    assert all(answers["refused"])
    for data, answer in zip(containers, answers["containers"], strict=True):
        index, bodies = open_container(data)
        assert answer == {"index": index, "bodies": [base64_text(body) for body in bodies]}
