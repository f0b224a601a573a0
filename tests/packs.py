"""Small packs for tests: `tiny_pack` writes a minimal valid one, and each test breaks one thing in it."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from server.guidance.check import check_pack
from server.guidance.confirm import made_from, write_made_from
from server.guidance.keys import required_keys
from server.guidance.model import Pack
from server.guidance.parse import PackErrors, load_pack

PACK = """\
schema = 1
id = "xa"
iso = "XA"
source_locale = "en"
spoken_locale = "zh-Hans"
official_languages = ["zh"]
currency = "XTS"
time_zones = ["Asia/Shanghai"]
version = "1"
checked_on = 2026-01-01
review_by = 2026-07-01
reviewers = [{ name = "A. Reviewer", role = "lawyer", reviewed_on = 2026-01-01 }]
unknowns = ["corridor"]

[recording]
consent = "one-party"
must_announce = "no"
secret_is_crime = "no"
default = "off"

[[locale]]
tag = "en"
dir = "ltr"
name = "English"

[[locale]]
tag = "zh-Hans"
dir = "ltr"
name = "简体中文"
fallback = "en"
"""

SOURCES = """\
[[source]]
id = "L1"
type = "law"
layer = "law"
method = "T"
confidence = "high"
checked_on = 2026-01-01
review_by = 2026-07-01
[[source.cite]]
title = "Door Act"
lang = "en"

[[source]]
id = "S2"
type = "public-advice"
layer = "practice"
method = "P"
confidence = "medium"
checked_on = 2026-01-01
review_by = 2026-07-01
[[source.cite]]
title = "Public advice"
lang = "en"
"""

CONTACTS = """\
[[contact]]
id = "police"
kind = "emergency"
channel = "tel"
number = "110"
one_tap = true
hours = "24h"
method = "T"
confidence = "high"
checked_on = 2026-01-01
review_by = 2026-07-01

[[contact]]
id = "police-text"
kind = "emergency"
channel = "sms"
number = "12110"
one_tap = true
append = { setting = "area-code", last_digits = 3 }
sms_mode = "location-dependent"
method = "P"
confidence = "medium-high"
checked_on = 2026-01-01
review_by = 2026-07-01

[[setting]]
id = "area-code"
kind = "digits"
max_length = 4
"""

VISIT = """\
[[visitor]]
id = "collector"
status = "lawful-if"
may_enter = "consent-only"
must_open = "no"
rules = ["two-staff", "hours"]

[[rule]]
id = "two-staff"
layer = "code"
sources = ["L1", "S2"]
confidence = "high"

[[rule]]
id = "hours"
layer = "law"
sources = ["L1"]
confidence = "high"

[[hours]]
id = "collection"
visitors = ["collector"]
channels = ["visit"]
days = ["mon", "tue"]
from = "08:00"
to = "22:00"
exclude_holidays = false
unless = ["consent"]
rule = "hours"

[[check]]
id = "two-staff"
kind = "check"
visitors = ["collector"]
rule = "two-staff"
bad = "no"
severity = "stop"
say = "leave"

[[check]]
id = "ids"
kind = "sign"
rule = "hours"
bad = "yes"
severity = "caution"
hours = "collection"

[verdict]
start = "who"
no-warning-yet = "who"
caution = "who"
stop = "leave"
police = "leave"

[[say]]
id = "who"

[[say]]
id = "leave"

[[never]]
id = "sign"
rule = "two-staff"

[[danger]]
id = "entry"
rule = "two-staff"
contact = "police"
text_contact = "police-text"

[[flow]]
id = "borrower"
path = ""
dangers = ["entry"]
[[flow.step]]
id = "stop"
say = ["who"]
rules = ["hours"]
checks = true
variant = { id = "old", say = ["leave"], rules = ["hours"] }
[[flow.step]]
id = "end"
never = ["sign"]
contacts = ["police", "police-text"]

[[flow]]
id = "family"
path = "family"
[[flow.step]]
id = "tell"
flow = "borrower"
message = true
"""

TOPICS = """\
[[topic]]
id = "first-minute"
flow = "borrower"
covers = ["L1", "S2"]
related = ["second"]
checked_on = 2026-01-01
review_by = 2026-07-01

[[topic]]
id = "second"
checked_on = 2026-01-01
review_by = 2026-07-01
"""

TOPIC = """\
+++
title = "The first minute"
summary = "Keep the door shut."
do = ["Ring {contact:police}", "Wait"]
never = ["Sign"]
+++
## Start

Keep the door shut. {src:L1,S2}

{say:who}

Read [the next part](topic:second) or [start](flow:borrower). Hours are {hours:collection}.

{rule:two-staff}
"""

SECOND = """\
+++
title = "Second"
summary = "More."
do = ["Wait"]
never = ["Sign"]
+++
Wait.

{rule:hours}
"""

# What a region may have beside the visit; `with_tables` adds it to the tiny pack.
LEFT_OUT = """
[[left_out]]
id = "history"
sources = ["S3"]
"""

ASSESS = """\
[[question]]
id = "lender"
answers = ["bank", "private", "unknown"]

[[question]]
id = "message"
answers = ["none", "pay-link"]

[[outcome]]
id = "private"
group = "expect"
when = { lender = ["private", "unknown"] }
topics = ["second"]
rules = ["hours"]

[[outcome]]
id = "usual"
group = "expect"

[[outcome]]
id = "scam-signs"
group = "message"
when = { lender = ["unknown"], message = ["pay-link"] }
say = ["who"]
contacts = ["police"]

[[outcome]]
id = "nothing-special"
group = "message"

[[outcome]]
id = "today"
group = "today"
"""

ESCALATION = """\
[[stage]]
id = "message"
rules = ["hours"]
topics = ["second"]

[[stage]]
id = "visit"
flow = "borrower"
"""

PREPARE = """\
[[prepare]]
id = "who-to-call"
link = "settings/#people"

[[prepare]]
id = "papers"
topic = "second"

[[prepare]]
id = "family-words"
flow = "family"
"""

PRACTICE = """\
[[drill]]
id = "open-up"
answers = ["a", "b"]
good = "b"
rule = "two-staff"
say = "leave"
"""

TABLES = {"assess.toml": ASSESS, "escalation.toml": ESCALATION, "prepare.toml": PREPARE, "practice.toml": PRACTICE}

FILES = {
    "pack.toml": PACK,
    "sources.toml": SOURCES,
    "contacts.toml": CONTACTS,
    "visit.toml": VISIT,
    "topics.toml": TOPICS,
}
LOCALES = ("en", "zh-Hans")


def tiny_pack(folder: Path) -> Path:
    """Write a minimal valid pack with two locales below `folder` and give its root."""
    root = folder / "xa"
    for tag in LOCALES:
        (root / tag / "topics").mkdir(parents=True)
        (root / tag / "topics" / "first-minute.md").write_text(TOPIC, encoding="utf-8")
        (root / tag / "topics" / "second.md").write_text(SECOND, encoding="utf-8")
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    write_strings(root)
    confirm(root)
    return root


def with_tables(root: Path) -> Path:
    """Add to a tiny pack what a region may leave away: what is left out, questions, stages, preparation, drills."""
    append(root, "sources.toml", SOURCES[SOURCES.index('[[source]]\nid = "S2"') :].replace('"S2"', '"S3"'))
    append(root, "topics.toml", LEFT_OUT)
    for name, text in TABLES.items():
        (root / name).write_text(text, encoding="utf-8")
    write_strings(root)
    confirm(root)
    return root


def write_strings(root: Path, *, packs_root: Path | None = None) -> None:
    """Write the required strings of every locale that has none yet, made up from their keys."""
    tags = [folder.name for folder in root.iterdir() if folder.is_dir()]
    for tag in tags:
        path = root / tag / "strings.toml"
        if not path.exists():
            path.write_text("[strings]\n", encoding="utf-8")
    pack = load_pack(root, packs_root=packs_root)
    for tag in tags:
        missing = {key: made_up(pack, key, kind) for key, kind in needed(pack).items() if key not in pack.strings[tag]}
        with (root / tag / "strings.toml").open("a", encoding="utf-8") as file:
            file.writelines(f'"{key}" = "{text}"\n' for key, text in missing.items())


def needed(pack: Pack) -> dict[str, str]:
    """Give the required keys, and a caution for every number that must not be tapped without one."""
    doubtful = [one for one in pack.contacts.values() if one.channel == "sms" or one.confidence != "high"]
    cautions = {f"contact.{one.id}.caution": "contact.caution" for one in doubtful if one.one_tap}
    return required_keys(pack) | cautions


def made_up(pack: Pack, key: str, kind: str) -> str:
    """Give a short sentence for a key, with the placeholders that its kind must have."""
    words = key.replace(".", " ").replace("-", " ")
    if kind in ("danger.words", "contact.words"):
        return f"{words} {{address}}"
    if kind == "flow.message":
        return f"{words} {{count}} {{time}}"
    return f"{words} {{{key.replace('.', ':', 1)}}}" if kind == "hours" else words


def confirm(root: Path, *, packs_root: Path | None = None) -> None:
    """Note every translation as made from the present source texts."""
    pack = load_pack(root, packs_root=packs_root)
    for tag in pack.locales:
        if tag != pack.source_locale:
            write_made_from(root / tag / "made_from.toml", made_from(pack, tag))


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace one piece of a file; it must be there."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def append(root: Path, path: str, text: str) -> None:
    """Add lines at the end of a file."""
    with (root / path).open("a", encoding="utf-8") as file:
        file.write(text)


def set_string(root: Path, locale: str, key: str, text: str) -> None:
    """Replace or add one keyed text; `text` goes between single quotes."""
    path = root / locale / "strings.toml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f'"{key}" =')]
    path.write_text("\n".join([*lines, f"\"{key}\" = '{text}'"]) + "\n", encoding="utf-8")


def load_problems(root: Path, *, overlays: Sequence[Path] = ()) -> list[str]:
    """Give the lines that loading a pack is refused with, or none."""
    try:
        load_pack(root, overlays=overlays)
    except PackErrors as error:
        return str(error).split("\n")
    return []


def check_errors(root: Path) -> list[str]:
    """Give the lines of the errors that checking a pack finds."""
    return [str(problem) for problem in check_pack(load_pack(root)).errors]


def check_warnings(root: Path, *, today: datetime.date | None = None) -> list[str]:
    """Give the lines of the warnings that checking a pack finds."""
    return [str(problem) for problem in check_pack(load_pack(root), today=today).warnings]
