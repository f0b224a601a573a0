import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.publish.data_folder.canonical import canonical_bytes, sha256_hex

TEXT = st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)
DOCUMENT = st.dictionaries(TEXT, JSON)


@settings(max_examples=40)
@given(DOCUMENT)
def test_a_document_survives_its_bytes(document):
    assert json.loads(canonical_bytes(document)) == document


@settings(max_examples=40)
@given(DOCUMENT, st.randoms())
def test_the_order_of_keys_does_not_change_the_bytes(document, random):
    keys = list(document)
    random.shuffle(keys)

    assert canonical_bytes({key: document[key] for key in keys}) == canonical_bytes(document)


def test_the_bytes_are_as_the_standard_says():
    """RFC 8785: no spaces, no escapes that need not be, keys in order."""
    assert canonical_bytes({"b": [1, "中"], "a": None}) == '{"a":null,"b":[1,"中"]}'.encode()


@pytest.mark.parametrize("value", [1.0, [1.5], {"deep": ({"er": 2.0},)}, float("nan")])
def test_floats_are_refused(value):
    """They have several spellings, so equal documents could get different digests."""
    with pytest.raises(TypeError, match="floats"):
        canonical_bytes({"value": value})


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError):
        canonical_bytes({"value": {1, 2}})


@given(st.binary())
def test_the_digest_is_sha_256(data):
    assert sha256_hex(data) == hashlib.sha256(data).hexdigest()
