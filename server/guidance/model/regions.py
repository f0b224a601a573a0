"""Forms of region codes (ISO 3166-1 and 3166-2) and of language tags. No list of names: a region is data."""

import re
from functools import lru_cache

REGION_ID = re.compile(r"[a-z]{2}(?:-[a-z0-9]{1,3})?")
ISO_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
# The part of RFC 5646 that packs use: language, script, region, variants.
LANGUAGE_TAG = re.compile(
    r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
)


def is_region_id(text: str) -> bool:
    """Return whether `text` has the form of a pack folder's name: an ISO 3166 code in small letters."""
    return REGION_ID.fullmatch(text) is not None


def is_language_tag(text: str) -> bool:
    """Return whether `text` has the form of a language tag in its usual spelling (BCP 47)."""
    return LANGUAGE_TAG.fullmatch(text) is not None


def make_iso_code(region_id: str) -> str:
    """Return the ISO 3166 code of a pack id."""
    return region_id.upper()


def find_parent_id(region_id: str) -> str | None:
    """Return the country of a subdivision, or None for a country."""
    country, dash, _ = region_id.partition("-")
    return country if dash else None


@lru_cache(maxsize=256)  # of tags that anybody may send
def get_primary_language(tag: str) -> str:
    """Return the first subtag of a language tag: `zh` of `zh-Hans`."""
    return tag.partition("-")[0].lower()
