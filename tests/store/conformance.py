"""What every backend must do, whatever it is made of: subclass `StoreConformance` and give it a fixture `store`."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from server.errors import AppError
from server.store.errors import Conflict, StoreError, Unstorable
from server.store.protocol import Append, Backend, Delete, Doc, LogEntry, Put

HARMLESS = {
    "text": "问好 🏠 \u2028 '\"\\ \r\n\t \x01 <b>",
    "empty": "",
    "": "an empty name",
    "numbers": [0, -1, 2**63 - 1, -(2**63) + 1, 0.1, -2.5, 1e-7, 5e-324, 123456789.25, 1.0],
    "truth": [True, False, None],
    "nested": {"a": {"b": [{"c": [[], {}]}]}},
    "dots.and $signs": {"$set": 1, "a.b": 2},
}


class Role(StrEnum):
    OWNER = "owner"


class StoreConformance:
    """The contract, one promise a test."""

    # ---- documents ----

    def test_what_was_put_is_got(self, store: Backend):
        (put,) = store.commit([Put("edit", "one", HARMLESS)])

        assert put == Doc("edit", "one", 1, HARMLESS)
        assert store.get("edit", "one") == put
        assert store.get("edit", "other") is None
        assert store.get("other", "one") is None

    def test_numbers_and_truth_keep_their_type(self, store: Backend):
        """To Python 1, 1.0 and True are equal; to a template they are not."""
        store.commit([Put("edit", "one", {"values": [1, 1.0, True, 0, False, -0.0]})])

        found = store.get("edit", "one")

        assert found is not None
        assert [repr(value) for value in found.body["values"]] == ["1", "1.0", "True", "0", "False", "0.0"]

    def test_the_version_counts_the_puts(self, store: Backend):
        versions = [store.commit([Put("edit", "one", {"n": n})])[0].version for n in range(3)]

        assert versions == [1, 2, 3]
        assert store.get("edit", "one") == Doc("edit", "one", 3, {"n": 2})

    def test_a_put_replaces_the_whole_body(self, store: Backend):
        store.commit([Put("edit", "one", {"old": 1, "both": 1})])

        store.commit([Put("edit", "one", {"both": 2})])

        assert store.get("edit", "one").body == {"both": 2}

    def test_a_deleted_document_is_gone_and_starts_again_at_one(self, store: Backend):
        store.commit([Put("edit", "one", {})])
        store.commit([Put("edit", "one", {})])

        assert store.commit([Delete("edit", "one", expect=2)]) == (None,)
        assert store.get("edit", "one") is None
        assert store.commit([Put("edit", "one", {}, expect=0)])[0].version == 1

    def test_deleting_what_is_not_there_is_no_error_unless_it_must_be_there(self, store: Backend):
        assert store.commit([Delete("edit", "one")]) == (None,)
        assert store.commit([Delete("edit", "one", expect=0)]) == (None,)

        with pytest.raises(Conflict):
            store.commit([Delete("edit", "one", expect=1)])

    @pytest.mark.parametrize(("stands_at", "expect"), [(0, 1), (1, 0), (2, 1), (2, 3)])
    def test_a_change_from_another_version_is_refused_and_says_so(self, store: Backend, stands_at, expect):
        for n in range(stands_at):
            store.commit([Put("edit", "one", {"n": n})])
        before = store.get("edit", "one")

        for change in (Put("edit", "one", {"n": "new"}, expect=expect), Delete("edit", "one", expect=expect)):
            with pytest.raises(Conflict) as refusal:
                store.commit([change])

            error = refusal.value
            assert (error.kind, error.id, error.expected, error.found) == ("edit", "one", expect, stands_at)
            assert (error.status, error.code) == (409, "conflict")
            assert isinstance(error, AppError)
            assert store.get("edit", "one") == before

    def test_the_expected_version_is_taken(self, store: Backend):
        store.commit([Put("edit", "one", {}, expect=0)])
        store.commit([Put("edit", "one", {"n": 2}, expect=1)])

        assert store.get("edit", "one") == Doc("edit", "one", 2, {"n": 2})

    def test_names_are_kept_apart_to_the_letter(self, store: Backend):
        ids = ["a", "A", "ä", "a\u0308", " a", "a ", "a/b", "../a", "a%", "a_", "a\tb", "字"]
        store.commit([Put("edit", id, {"id": id}) for id in ids])
        store.commit([Put("Edit", "a", {"id": "other kind"})])

        assert [store.get("edit", id).body for id in ids] == [{"id": id} for id in ids]
        assert store.get("Edit", "a").body == {"id": "other kind"}

    def test_what_a_caller_does_with_a_body_does_not_reach_the_store(self, store: Backend):
        body = {"list": [1]}
        (put,) = store.commit(
            [
                Put("edit", "one", body),
            ]
        )
        (entry,) = store.commit([Append("audit", body)])
        body["list"].append(2)
        for given in (put, entry, store.get("edit", "one"), store.find("edit")[0], store.entries("audit")[0]):
            given.body["list"].append(3)

        assert store.get("edit", "one").body == {"list": [1]}
        assert store.entries("audit")[0].body == {"list": [1]}

    def test_members_of_enumerations_and_tuples_become_plain_values(self, store: Backend):
        (put,) = store.commit([Put("person", "li", {"role": Role.OWNER, "locales": ("en", "fr")})])

        assert type(put.body["role"]) is str
        assert put.body == store.get("person", "li").body == {"role": "owner", "locales": ["en", "fr"]}

    # ---- finding ----

    def test_documents_are_found_by_their_fields_in_the_order_of_ids(self, store: Backend):
        store.commit(
            [
                *(Put("edit", id, {"region": "xa", "n": n}) for n, id in enumerate(["b", "B", "a", "ab", "字", "é"])),
                Put("edit", "elsewhere", {"region": "xb", "n": 1}),
                Put("other", "a", {"region": "xa", "n": 1}),
            ]
        )

        assert [doc.id for doc in store.find("edit", region="xa")] == ["B", "a", "ab", "b", "é", "字"]
        assert [doc.id for doc in store.find("edit", region="xa", n=1)] == ["B"]
        assert [doc.id for doc in store.find("edit")] == ["B", "a", "ab", "b", "elsewhere", "é", "字"]
        assert store.find("edit", region="xc") == []
        assert store.find("nothing") == []
        assert store.find("edit", region="xb") == [Doc("edit", "elsewhere", 1, {"region": "xb", "n": 1})]

    @pytest.mark.parametrize("value", [1, 1.5, 0, True, False, None, "1", "", "null", [], [1], {}, {"a": [1]}, "字"])
    def test_a_value_equals_itself_and_nothing_else(self, store: Backend, value):
        others = [
            1,
            1.5,
            0,
            True,
            False,
            None,
            "1",
            "",
            "null",
            [],
            [1],
            [1, 1],
            {},
            {"a": [1]},
            {"a": [1], "b": 2},
            "字",
        ]
        store.commit([Put("edit", f"{n:02}", {"field": other}) for n, other in enumerate(others)])
        store.commit([Put("edit", "without", {"other": value})])

        found = store.find("edit", field=value)

        assert [repr(doc.body["field"]) for doc in found] == [repr(value)]

    def test_a_whole_number_equals_itself_however_it_is_written(self, store: Backend):
        store.commit([Put("edit", "one", {"n": 1.0})])

        assert len(store.find("edit", n=1)) == 1

    def test_a_field_may_have_any_name(self, store: Backend):
        fields = {"kind": "k", "id": "i", "self": "s", "body": "b", "a'b": 1, "a%b": 2, "$1": 3, "": 4}
        store.commit([Put("edit", "one", fields)])

        for name, value in fields.items():
            assert len(store.find("edit", **{name: value})) == 1
            assert store.find("edit", **{name: "else"}) == []

    # ---- logs ----

    def test_entries_count_from_one_in_each_log(self, store: Backend):
        entries = store.commit(
            [Append("audit", {"n": 1}), Append("revisions", {"n": 2}, "u"), Append("audit", {"n": 3})]
        )

        assert [(entry.log, entry.seq, entry.key, entry.body) for entry in entries] == [
            ("audit", 1, "", {"n": 1}),
            ("revisions", 1, "u", {"n": 2}),
            ("audit", 2, "", {"n": 3}),
        ]
        assert store.entries("audit") == [entries[0], entries[2]]
        assert store.entries("revisions") == [entries[1]]
        assert store.entries("nothing") == []

    def test_an_entry_has_the_time_of_its_commit(self, store: Backend):
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        (entry,) = store.commit([Append("audit", {})])
        after = datetime.now(UTC)

        assert before <= datetime.fromisoformat(entry.at) <= after
        assert entry.at.endswith("+00:00")
        assert len(entry.at) == len("2026-01-01T00:00:00.000+00:00")

    def test_entries_are_read_in_parts_and_from_either_end(self, store: Backend):
        store.commit([Append("audit", {"n": n}, "even" if n % 2 == 0 else "odd") for n in range(1, 8)])

        def seqs(**how: object) -> list[int]:
            return [entry.seq for entry in store.entries("audit", **how)]

        assert seqs() == [1, 2, 3, 4, 5, 6, 7]
        assert seqs(after=5) == [6, 7]
        assert seqs(after=7) == seqs(after=100) == seqs(limit=0) == []
        assert seqs(limit=2) == [1, 2]
        assert seqs(after=2, limit=2) == [3, 4]
        assert seqs(newest_first=True) == [7, 6, 5, 4, 3, 2, 1]
        assert seqs(newest_first=True, limit=2) == [7, 6]
        assert seqs(newest_first=True, after=5) == [7, 6]
        assert seqs(key="even") == [2, 4, 6]
        assert seqs(key="even", after=2, limit=1) == [4]
        assert seqs(key="odd", newest_first=True, limit=2) == [7, 5]
        assert seqs(key="") == seqs(key="ev") == []

    # ---- commits ----

    def test_a_commit_is_made_in_its_order(self, store: Backend):
        results = store.commit(
            [Put("edit", "one", {"n": 1}, expect=0), Put("edit", "one", {"n": 2}, expect=1), Delete("edit", "one", expect=2),
             Put("edit", "one", {"n": 3}, expect=0), Append("audit", {})]
        )  # fmt: skip

        assert [getattr(result, "version", None) for result in results] == [1, 2, None, 1, None]
        assert store.get("edit", "one") == Doc("edit", "one", 1, {"n": 3})

    def test_a_refused_commit_leaves_nothing(self, store: Backend):
        """Not of the changes before the one that was refused, and no number of the log is used up."""
        store.commit([Put("edit", "old", {"n": 1}), Append("audit", {"n": 1})])

        with pytest.raises(Conflict):
            store.commit(
                [Put("edit", "new", {}), Put("edit", "old", {"n": 2}), Delete("edit", "old"), Append("audit", {"n": 2}),
                 Append("fresh", {}), Put("edit", "old", {}, expect=7)]
            )  # fmt: skip

        assert store.find("edit") == [Doc("edit", "old", 1, {"n": 1})]
        assert [entry.body for entry in store.entries("audit")] == [{"n": 1}]
        assert store.entries("fresh") == []
        assert store.commit([Append("audit", {}), Append("fresh", {})])[0].seq == 2

    def test_nothing_to_do_is_done(self, store: Backend):
        assert store.commit([]) == ()

    @pytest.mark.parametrize(
        "value",
        [
            float("nan"),
            float("inf"),
            1e15,
            -1e300,
            2**63,
            "\0",
            "a\ud800",
            b"bytes",
            {1, 2},
            {1: "a"},
            {"\0": 1},
            object(),
        ],
        ids=lambda value: repr(value).partition(" at ")[0],  # without the address: each process must collect the same
    )
    def test_what_not_every_backend_can_keep_is_refused_and_named(self, store: Backend, value):
        for change in (Put("edit", "one", {"a": [value]}), Append("audit", {"a": [value]})):
            with pytest.raises(Unstorable, match=r"\.a\[0\]"):
                store.commit([Put("edit", "before", {}), change])

        assert store.find("edit") == []
        assert store.entries("audit") == []

    def test_a_body_that_is_nested_without_end_is_refused(self, store: Backend):
        body: dict[str, object] = {}
        body["self"] = body

        with pytest.raises(Unstorable, match="nested"):
            store.commit([Put("edit", "one", body)])

    @pytest.mark.parametrize("name", ["", "\0", "\udfff", "a" * 1001, "字" * 334, None, 7])
    def test_a_name_that_cannot_be_kept_is_refused(self, store: Backend, name):
        for change in (Put(name, "one", {}), Put("edit", name, {}), Delete("edit", name), Append(name, {})):
            with pytest.raises(Unstorable):
                store.commit([change])

    @pytest.mark.parametrize("key", ["\0", "\udfff", "a" * 1001, None])
    def test_a_key_that_cannot_be_kept_is_refused(self, store: Backend, key):
        with pytest.raises(Unstorable):
            store.commit([Append("audit", {}, key)])

    def test_names_and_keys_may_be_long(self, store: Backend):
        long = "字" * 333
        store.commit([Put(long, long, {}), Append(long, {}, long)])

        assert store.get(long, long) is not None
        assert len(store.entries(long, key=long)) == 1

    @pytest.mark.parametrize("body", [None, [], "text", 7])
    def test_a_body_is_a_mapping(self, store: Backend, body):
        with pytest.raises(Unstorable):
            store.commit([Put("edit", "one", body)])

    # ---- blobs ----

    @pytest.mark.parametrize("data", [b"", b"\0\xff", "门前有数".encode(), bytes(range(256)) * 4096], ids=len)
    def test_bytes_are_kept_under_their_sha256(self, store: Backend, data):
        name = store.put_blob(data)

        assert name == hashlib.sha256(data).hexdigest()
        assert store.get_blob(name) == data
        assert store.put_blob(data) == name
        assert list(store.list_blob_names()) == [name]

    def test_blobs_are_listed_in_order(self, store: Backend):
        names = [store.put_blob(str(n).encode()) for n in range(20)]

        assert list(store.list_blob_names()) == sorted(names)

    @pytest.mark.parametrize("name", ["0" * 64, "", "A" * 64, "../../channel.json", "0" * 63 + "g", "0" * 65])
    def test_a_blob_that_is_not_there_is_an_error(self, store: Backend, name):
        with pytest.raises(StoreError):
            store.get_blob(name)

    # ---- everything at once ----

    def test_one_of_two_who_change_the_same_version_is_refused(self, store: Backend):
        """The promise that editors rely on: nothing is overwritten unseen."""
        store.commit([Put("edit", "one", {"by": "nobody"})])
        start = threading.Barrier(8)
        refusals: list[tuple[int, int]] = []

        def change(who: int) -> bool:
            start.wait(30)
            try:
                store.commit([Put("edit", "one", {"by": who}, expect=1), Append("revisions", {"by": who})])
            except Conflict as error:
                refusals.append((error.expected, error.found))
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(change, range(8)))

        assert done.count(True) == 1
        assert refusals == [(1, 2)] * 7
        assert store.get("edit", "one").body == {"by": done.index(True)}
        assert [entry.body for entry in store.entries("revisions")] == [{"by": done.index(True)}]

    def test_one_of_two_who_make_the_same_document_is_refused(self, store: Backend):
        start = threading.Barrier(8)

        def make(who: int) -> bool:
            start.wait(30)
            try:
                store.commit([Put("limit", "one", {"by": who}, expect=0)])
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(make, range(8)))

        assert done.count(True) == 1
        assert store.get("limit", "one") == Doc("limit", "one", 1, {"by": done.index(True)})

    def test_many_threads_lose_nothing_and_leave_no_gap(self, store: Backend):
        """Each commit touches two documents in an order of its own, which would let row locks wait for each other."""

        def work(who: int) -> None:
            for n in range(6):
                changes = [Put("count", "a", {"n": n}), Put("count", "b", {"n": n})]
                store.commit(
                    [*(changes if who % 2 else changes[::-1]), Append("audit", {"who": who, "n": n}, str(who))]
                )
                store.entries("audit", limit=3, newest_first=True)
                store.find("count", n=n)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))

        assert [store.get("count", id).version for id in "ab"] == [36, 36]
        assert [entry.seq for entry in store.entries("audit")] == list(range(1, 37))
        for who in range(6):
            assert [entry.body["n"] for entry in store.entries("audit", key=str(who))] == [0, 1, 2, 3, 4, 5]

    def test_nobody_sees_half_a_commit(self, store: Backend):
        store.commit([Put("pair", "a", {"n": 0}), Put("pair", "b", {"n": 0})])
        done = threading.Event()
        torn: list[object] = []

        def look() -> None:
            while not done.is_set():
                numbers = {doc.body["n"] for doc in store.find("pair")}
                if len(numbers) != 1:
                    torn.append(numbers)

        with ThreadPoolExecutor(2) as pool:
            readers = [pool.submit(look) for _ in range(2)]
            for n in range(1, 40):
                store.commit([Put("pair", "a", {"n": n}), Put("pair", "b", {"n": n})])
            done.set()
            for reader in readers:
                reader.result(30)

        assert torn == []

    def test_a_whole_store_has_nothing_to_complain_of(self, store: Backend):
        assert store.check() == []

        store.put_blob(b"x")
        store.commit([Put("edit", "one", HARMLESS), Append("audit", HARMLESS)])

        assert store.check() == []

    def test_a_snapshot_stands_while_others_write(self, store: Backend):
        name = store.put_blob(b"before")
        first = store.commit(
            [Put("b", "2", {"n": 1}), Put("b", "1", {}), Put("a", "é", HARMLESS), Append("y", {}), Append("x", {})]
        )

        with store.snapshot() as moment:
            store.commit([Put("b", "2", {"n": 2}), Delete("b", "1"), Append("x", {})])
            docs, entries, names = (
                list(moment.read_all_docs()),
                list(moment.read_all_entries()),
                list(moment.list_blob_names()),
            )

        assert docs == [first[2], first[1], first[0]]
        assert entries == [first[4], first[3]]
        assert name in names

    def test_what_is_loaded_is_what_was_saved(self, store: Backend):
        docs = [Doc("a", "1", 7, HARMLESS), Doc("b", "é", 1, {})]
        at = "2026-01-02T03:04:05.678+00:00"
        entries = [entry_of("x", 1, at), entry_of("x", 2, at), entry_of("y", 1, at)]

        store.load_records(docs, entries)

        with store.snapshot() as moment:
            assert (list(moment.read_all_docs()), list(moment.read_all_entries())) == (docs, entries)
        assert store.commit([Put("a", "1", {}, expect=7), Append("x", {})])[1].seq == 3

    def test_only_an_empty_store_is_loaded(self, store: Backend):
        store.commit([Append("audit", {})])

        with pytest.raises(StoreError, match="not empty"):
            store.load_records([Doc("a", "1", 1, {})], [])

        assert store.find("a") == []

    def test_a_log_with_a_gap_is_not_loaded(self, store: Backend):
        at = "2026-01-02T03:04:05.678+00:00"

        for seqs in ([2], [1, 3], [1, 1]):
            with pytest.raises(StoreError, match="log x"):
                store.load_records([Doc("a", "1", 1, {})], [entry_of("x", seq, at) for seq in seqs])

        assert store.find("a") == []
        assert store.entries("x") == []


def entry_of(log: str, seq: int, at: str) -> LogEntry:
    """An entry of another store."""
    return LogEntry(log, seq, at, "k", {"n": seq})
