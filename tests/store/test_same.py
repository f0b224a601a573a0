"""Whatever is put into both backends, both give the same bytes back: a move between them changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.store import history
from server.store.content import encode_doc, encode_entry
from server.store.errors import Conflict, Unstorable
from server.store.postgres_store import PostgresStore
from server.store.protocol import Append, Backend, Delete, Put, StoreChange
from server.store.tinydb_store import TinyStore
from tests.postgres import Cluster

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)
IDS = st.sampled_from(["a", "b", "é", "字/#"])
EXPECTED = st.sampled_from([None, None, 0, 1, 2])
CHANGES = st.one_of(
    st.builds(Put, st.just("edit"), IDS, BODIES, EXPECTED),
    st.builds(Delete, st.just("edit"), IDS, EXPECTED),
    st.builds(Append, st.sampled_from(["audit", "revisions"]), BODIES, IDS),
)


@pytest.fixture(scope="module")
def both(server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Backend]]:
    """One store of each kind, kept by all examples: each goes on from where the one before left them."""
    with ExitStack() as opened:
        tiny = opened.enter_context(closing(TinyStore(tmp_path_factory.mktemp("same") / "desk")))
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(history, "SEGMENT", 4)
        yield tiny, opened.enter_context(closing(PostgresStore(server.new_database())))


def outcome(store: Backend, changes: list[StoreChange]) -> object:
    """What a commit gave or why it was refused, without the time, which is each one's own."""
    try:
        results = store.commit(changes)
    except (Conflict, Unstorable) as error:
        return type(error), str(error)
    return [
        None if result is None else (getattr(result, "version", 0), getattr(result, "seq", 0), written(result.body))
        for result in results
    ]


def written(body: object) -> str:
    return json.dumps(body, sort_keys=True)


def everything(store: Backend) -> list[object]:
    with store.snapshot() as moment:
        docs = list(map(encode_doc, moment.read_all_docs()))
        entries = [json.loads(encode_entry(entry)) | {"at": ""} for entry in moment.read_all_entries()]
    return [docs, [written(entry) for entry in entries]]


@settings(max_examples=150)
@given(st.lists(CHANGES, max_size=5))
def test_both_backends_do_the_same(both: tuple[Backend, Backend], changes):
    tiny, postgres = both

    assert outcome(tiny, changes) == outcome(postgres, changes)
    assert everything(tiny) == everything(postgres)


@settings(max_examples=100)
@given(VALUES, VALUES)
def test_both_backends_find_the_same(both: tuple[Backend, Backend], value, other):
    tiny, postgres = both
    for store in both:
        try:
            store.commit([Put("find", "one", {"field": value}), Put("find", "other", {"field": other})])
        except Unstorable:
            return  # both refuse the same: the test above

    for wanted in (value, other):
        ids = [doc.id for doc in tiny.find("find", field=wanted)]
        assert ids == [doc.id for doc in postgres.find("find", field=wanted)]
        assert ids


def test_the_files_of_a_store_hold_nothing_else(tmp_path: Path):
    """What lies in the folder of an embedded store is known, so that a backup by copying can be told what to copy."""
    store = TinyStore(tmp_path / "desk")
    store.put_blob(b"x")
    store.commit([Append("audit", {})])
    store.commit([Append("audit", {})])

    names = {path.relative_to(tmp_path / "desk").parts[0] for path in (tmp_path / "desk").rglob("*")}
    assert names == {"objects", "store.json", "store.json.before", "store.lock"}
