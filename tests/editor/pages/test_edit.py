"""The pages on which guidance is written, as each role meets them in a browser."""

import re
from datetime import timedelta

import pytest

from server.editor.edits.model import Status
from server.editor.units.unit import Unit, make_entry_unit, make_head_unit
from server.editor.web.presence import LIFE, Presence
from server.guidance.files.parse import KINDS
from server.guidance.texts.text import hash_source_text
from tests.auth.browser import words
from tests.auth.desk import ORIGIN
from tests.editor.desks import CHECK, HEAD, POLICE, SAY, SAY_ZH, TOPIC
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.packs import with_tables
from tests.publishing import Publisher

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
VERDICT = Unit("xa", "visit.toml", "verdict")
FLOW = make_entry_unit("xa", "flow", "borrower")
LISTS = ("topics", "door", "contacts", "checks", "hours", "sources", "rules", "tables", "texts", "region")


@pytest.fixture
def office(published: Publisher) -> Office:
    with_tables(published.root)
    return Office(published)


def fields_of(page) -> dict[str, str]:
    """What a browser would send of the form of a unit: hidden fields, inputs, texts, what is chosen."""
    form = re.search(r'<form class="unit-form".*?</form>', page.text, re.DOTALL)
    assert form, words(page)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        if name and name != "csrf_token" and (kind not in ("checkbox", "radio") or " checked" in tag):
            found[name] = attribute(tag, "value")
    for name, text in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[0], re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        found[name] = unescape((chosen or first)[1])
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def unescape(text: str) -> str:
    import html

    return html.unescape(text)


def write(office: Office, unit: Unit, *, by: str = "editor", asked: str = "", **changed: str):
    """Open the page of a unit, change fields, and press a button."""
    address = office.address(unit, "desk.edit")
    sent = fields_of(office[by].open(address)) | {name: value for name, value in changed.items() if value is not None}
    return office[by].send(address + asked, **sent)


def autosave(office: Office, unit: Unit, *, by: str = "editor", **fields: str):
    """What the page's script sends."""
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
    data = {"csrf_token": office[by].token(), "autosave": "1", **fields}
    return office[by].post(office.address(unit, "desk.edit"), data=data, headers=headers)


# ---- lists ----


@pytest.mark.parametrize("role", ["owner", "reader", "translator"])
def test_every_list_opens_for_everybody(office, role):
    office.save(SAY)
    for path in ("", "xa/", *(f"xa/{one}/" for one in LISTS), "xa/translate/en/", "xa/translate/zh-Hans/?all=1"):
        page = office[role].open(f"/editor/{path}")
        assert page.status_code == 200, path
        assert "<h1" in page.text


@pytest.mark.parametrize(
    "path", ["xb/", "xb/topics/", "xa/nothing/", "xa/translate/fr/", "xa/new/nothing", "xa/new/locale"]
)
def test_what_is_not_there_is_not_found(office, path):
    assert office["owner"].open(f"/editor/{path}").status_code == 404


def test_the_entrance_tells_each_what_waits_for_them(office):
    office.save(SAY, by="editor", submit=False)
    office.save(CHECK, office.desk.edits.get_draft(CHECK).content | {"bad": "no"}, by="publisher")

    assert "Your drafts that are not submitted yet" in words(office["editor"].open("/editor/"))
    assert "Texts that you can review: 1" in words(office["owner"].open("/editor/"))
    assert "Texts that you can review" not in words(office["reader"].open("/editor/"))
    assert "To translate" in words(office["translator"].open("/editor/"))


def test_the_door_sentences_stand_below_their_page(office):
    page = words(office["editor"].open("/editor/xa/door/?locale=en"))

    assert page.index("flow.borrower.first") < page.index("check.two-staff.ask") < page.index("danger.entry.label")


def test_texts_are_found_by_their_words_and_their_key(office):
    by_words = words(office["editor"].open("/editor/xa/texts/?locale=en&q=SAY+leave"))
    by_nothing = words(office["editor"].open("/editor/xa/texts/?locale=en&q=zebra"))

    assert "say.leave" in by_words or "say leave" in by_words
    assert "Texts found: 1" in by_words
    assert "Texts found: 0" in by_nothing


def test_a_draft_that_cannot_be_read_is_listed_all_the_same(office):
    unit = make_entry_unit("xa", "contact", "broken")
    office.desk.edits.save(PEOPLE["editor"], unit, {"id": "broken", "kind": "nonsense"}, seen=0)

    assert "broken" in words(office["editor"].open("/editor/xa/contacts/"))
    page = office["editor"].open(office.address(unit, "desk.edit"))
    assert "cannot be shown in the preview yet" in words(page)
    assert '<option value="nonsense" selected>' in page.text


# ---- opening and saving ----


@pytest.mark.parametrize("unit", [SAY, SAY_ZH, TOPIC, POLICE, CHECK, HEAD, VERDICT, FLOW], ids=str)
def test_saving_what_nobody_changed_makes_no_draft(office, unit):
    done = write(office, unit)

    assert done.status_code == 303
    assert office.desk.edits.find_draft(unit) is None


def test_a_sentence_is_written_and_saved(office):
    done = write(office, SAY, f_text="Please go now.\r\n\r\nGood bye.")

    assert done.location.endswith("?done=saved")
    assert office.desk.edits.get_draft(SAY).content == "Please go now.\n\nGood bye."
    assert "Saved." in words(office["editor"].open(done.location))
    assert office.desk.edits.get_draft(SAY).status is Status.DRAFT


def test_a_contact_is_a_form(office):
    write(office, POLICE, f_number="111", f_review_by="2027-03-01", f_free="yes")

    content = office.desk.edits.get_draft(POLICE).content
    assert (content["number"], str(content["review_by"]), content["free"]) == ("111", "2027-03-01", "yes")
    assert content["kind"] == "emergency"


def test_a_topic_is_a_form_and_its_file_changes_in_one_line(office):
    before = office.desk.edits.get_draft(TOPIC).content

    write(office, TOPIC, f_title='Second "part"')

    after = office.desk.edits.get_draft(TOPIC).content
    changed = [line for line in after.split("\n") if line not in before.split("\n")]
    assert changed == ['title = "Second \\"part\\""']


def test_handing_in_saves_first(office):
    done = write(office, SAY, f_text=NEW_WORDS, action="submit")

    assert done.location.endswith("?done=submitted")
    assert office.desk.edits.get_draft(SAY).status is Status.WAITING


@pytest.mark.parametrize("unit", [TOPIC, FLOW, POLICE], ids=str)
def test_a_list_grows_and_shrinks_without_script_and_nothing_is_saved(office, unit):
    name = {TOPIC: "f_do", FLOW: "f_step", POLICE: "f_relay_numbers"}[unit]
    typed = {TOPIC: {"f_title": "Typed"}, FLOW: {"f_path": "typed"}, POLICE: {"f_number": "999"}}[unit]
    address = office.address(unit, "desk.edit")
    sent = fields_of(office["editor"].open(address)) | typed

    more = office["editor"].send(address, **sent, row=f"add:{name}")
    assert more.status_code == 200
    assert fields_of(more).items() >= typed.items()
    assert "Not saved yet" in words(more)
    rows = {key for key in fields_of(more) if key.startswith(f"{name}-")}
    assert rows > {key for key in sent if key.startswith(f"{name}-")}
    last = max(int(re.match(rf"{name}-(\d+)", key)[1]) for key in rows)
    fewer = office["editor"].send(address, **fields_of(more), row=f"remove:{name}-{last}")

    assert fields_of(fewer).keys() == sent.keys()
    assert office.desk.edits.find_draft(unit) is None


@pytest.mark.parametrize(
    ("unit", "typed"),
    [(POLICE, {"f_review_by": "next spring", "f_number": "111"}), (HEAD, {"f_checked_on": "2027-02-30"})],
    ids=["contact", "head"],
)
def test_what_cannot_be_kept_stays_as_it_was_typed(office, unit, typed):
    answer = write(office, unit, **typed)

    assert answer.status_code == 422
    assert fields_of(answer).items() >= typed.items()
    assert "Not a date" in words(answer)
    assert "Not saved: check the marked fields" in words(answer)
    assert office.desk.edits.find_draft(unit) is None


def test_a_text_that_is_too_long_is_refused_and_stays(office):
    text = "long " * 5000

    answer = write(office, SAY, f_text=text)

    assert answer.status_code == 400
    assert fields_of(answer)["f_text"] == text
    assert office.desk.edits.find_draft(SAY) is None


def test_a_topic_may_be_much_longer_than_other_forms(office):
    """The application lets 64 KiB through; a long text in Chinese is three times as many bytes as characters."""
    text = "长" * 40_000

    write(office, TOPIC, f_body=text)

    assert text in office.desk.edits.get_draft(TOPIC).content


def test_a_form_without_end_is_refused(office):
    answer = write(office, TOPIC, f_body="x" * (5 << 20))

    assert answer.status_code == 413
    assert office.desk.edits.find_draft(TOPIC) is None


def test_the_checkers_message_stands_beside_the_field(office):
    write(office, POLICE, f_number="one two")

    page = office["editor"].open(office.address(POLICE, "desk.edit"))
    said = re.search(r'id="f_number-says"[^>]*>(.*?)</ul>', page.text, re.DOTALL)[1]
    assert "cannot be dialled" in said
    assert re.search(r'<input id="f_number"[^>]*aria-describedby="f_number-says"[^>]*aria-invalid="true"', page.text)


def test_the_message_stands_beside_the_field_however_long_the_name(office):
    unit = make_entry_unit("xa", "contact", "police-" + "x" * 80)
    office.save(
        unit, office.desk.reader.read_baseline(POLICE) | {"id": unit.entry[1], "hours": "nowhere"}, submit=False
    )

    page = office["editor"].open(office.address(unit, "desk.edit"))

    assert "nowhere" in re.search(r'id="f_hours-says"[^>]*>(.*?)</ul>', page.text, re.DOTALL)[1]


def test_a_missing_text_can_be_written(office):
    unit = Unit("xa", "en/strings.toml", "contact.police.caution")

    page = office["editor"].open(office.address(unit, "desk.edit"))
    assert page.status_code == 200
    write(office, unit, f_text="Only in danger.")

    assert office.desk.edits.get_draft(unit).content == "Only in danger."


@pytest.mark.parametrize(
    "name",
    [
        "en/strings.toml/no.such.text",
        "fr/strings.toml/say.leave",
        "en/topics/nothing.md",
        "contacts.toml/contact:nobody",
        "en/made_from.toml/say.leave",
        "contacts.toml",
        "contacts.toml/",
        "..%2fpack.toml",
        "en/topics/..%2f..%2fpack.toml",
        "nothing",
        "%00",
        "x" * 3000,
    ],
)
def test_a_unit_that_cannot_be_is_not_found(office, name):
    for path in (f"/editor/xa/edit/{name}", f"/editor/xb/edit/{name}"):
        assert office["owner"].open(path).status_code == 404, path


# ---- new entries, giving up, removing ----


def test_an_entry_is_added_through_its_form(office):
    asked = office["editor"].send("/editor/xa/new/contact", id="legal-help")
    assert asked.status_code == 303
    page = office["editor"].open(asked.location)
    assert "It is created when you save it." in words(page)
    assert office.desk.edits.find_draft(make_entry_unit("xa", "contact", "legal-help")) is None
    typed = {"f_kind": "help", "f_channel": "tel", "f_number": "12348", "f_method": "P", "f_confidence": "high"}

    done = office["editor"].send(asked.location, **fields_of(page) | typed)

    assert done.status_code == 303
    made = office.desk.load_usable_pack("xa").pack.contacts["legal-help"]
    assert (made.number, made.checked_on.isoformat(), made.review_by.isoformat()) == (
        "12348",
        "2026-11-21",
        "2027-05-20",
    )
    texts = words(office["editor"].open(done.location))
    assert "contact.legal-help.name" in texts
    assert "Missing" in texts


@pytest.mark.parametrize("name", ["", "Legal Help", "../x", "police", "x" * 300, "<b>"])
def test_a_name_that_cannot_be_is_asked_for_again(office, name):
    answer = office["editor"].send("/editor/xa/new/contact", id=name)

    assert answer.status_code == 422
    assert f'value="{name.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text


def test_a_change_is_given_up(office):
    head = office.save(SAY)

    done = office["editor"].send(office.address(SAY, "desk.discard"), seen=str(head))

    assert done.location.endswith("?done=discarded")
    assert office.desk.edits.get_draft(SAY).follows


def test_a_translator_is_not_offered_to_discard_what_somebody_else_had_approved(office):
    head = office.approve(SAY_ZH)

    page = office["translator"].open(office.address(SAY_ZH, "desk.edit"))
    refused = office["translator"].send(office.address(SAY_ZH, "desk.discard"), seen=str(head))

    assert "Discard this change" not in words(page)
    assert refused.status_code == 403
    assert office.desk.edits.get_draft(SAY_ZH).status is Status.REVIEWED


def test_an_entry_is_removed_and_comes_back_when_it_is_saved(office):
    unit = make_entry_unit("xa", "contact", "police-text")
    office["editor"].send(office.address(unit, "desk.remove"), seen="0")
    assert office.desk.edits.get_draft(unit).content is None

    page = office["editor"].open(office.address(unit, "desk.edit"))
    assert "This was removed. Saving it restores it." in words(page)
    write(office, unit)

    assert office.desk.edits.get_draft(unit).content == office.desk.reader.read_baseline(unit)


@pytest.mark.parametrize("what", ["discard", "remove"])
def test_nothing_is_given_up_over_somebody_elses_head(office, what):
    head = office.save(POLICE, office.desk.edits.get_draft(POLICE).content | {"number": "111"}, by="publisher")

    done = office["editor"].send(office.address(POLICE, f"desk.{what}"), seen=str(head - 1))

    assert done.location.endswith("?done=changed")
    assert "Nothing was done" in words(office["editor"].open(done.location))
    assert office.desk.edits.get_draft(POLICE).head == head


# ---- saving by itself ----


def test_the_script_is_told_what_was_saved(office):
    answer = autosave(office, SAY, f_text=NEW_WORDS, seen="0")

    assert answer.json["state"] == "saved"
    assert answer.json["head"] == office.desk.edits.get_draft(SAY).head == 1
    assert answer.json["messages"] == {}
    again = autosave(office, SAY, f_text="And again.", seen="1")
    assert (again.json["head"], office.desk.edits.get_draft(SAY).content) == (2, "And again.")
    assert len(office.desk.edits.list_revisions(SAY)) == 1, (
        "states that were saved without a button are one line of the history"
    )


def test_the_script_is_told_what_the_checker_says(office):
    answer = autosave(office, SAY, f_text="Ring 110 {nobody}", seen="0")

    texts = [one["text"] for one in answer.json["messages"]["f_text"]]
    assert any("cannot be used here" in text for text in texts)
    assert any("{contact:police}" in text for text in texts)


def test_the_script_is_told_what_was_not_saved(office):
    answer = autosave(office, POLICE, f_review_by="soon", seen="0")

    assert (answer.status_code, answer.json["state"]) == (422, "unreadable")
    assert answer.json["messages"]["f_review_by"][0]["severity"] == "fault"
    too_long = autosave(office, SAY, f_text="x" * 30_000, seen="0")
    assert (too_long.status_code, too_long.json["state"]) == (400, "refused")


def test_the_script_is_told_of_a_conflict(office):
    office.save(SAY, by="publisher")

    answer = autosave(office, SAY, f_text="Mine.", seen="0")

    assert (answer.status_code, answer.json["state"], answer.json["by"]) == (409, "conflict", "Ben")
    assert office.desk.edits.get_draft(SAY).content == NEW_WORDS


def test_a_page_whose_answer_was_lost_saves_on(office):
    page = "abcdefghijkl"
    autosave(office, SAY, f_text="One.", seen="0", page=page, turn="1")

    again = autosave(office, SAY, f_text="Two.", seen="0", page=page, turn="2")
    stale = autosave(office, SAY, f_text="One.", seen="0", page=page, turn="1")
    pressed = write(office, SAY, f_text="Three.", seen="0", page=page, turn="3")

    assert (again.status_code, again.json["state"]) == (200, "saved")
    assert (stale.status_code, stale.json["state"]) == (409, "conflict")
    assert pressed.location.endswith("?done=saved")
    assert office.desk.edits.get_draft(SAY).content == "Three."


@pytest.mark.parametrize(("page", "turn"), [("x", "2"), ("abcdefghijkl", "-2"), ("abcdefghijkl", "9" * 30), ("", "")])
def test_a_page_that_is_none_gets_no_say_over_what_was_saved(office, page, turn):
    autosave(office, SAY, f_text="One.", seen="0", page=page, turn="1")

    assert autosave(office, SAY, f_text="Two.", seen="0", page=page, turn=turn).status_code == 409


def test_the_script_is_told_that_the_session_has_ended(office):
    office["editor"].token()
    office.clock.move(hours=13)

    answer = autosave(office, SAY, f_text="Mine.", seen="0")

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-needed")
    assert office.desk.edits.find_draft(SAY) is None


# ---- who is here ----


def tell(office, by: str, **fields: str):
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
    data = {"csrf_token": office[by].token(), **fields}
    return office[by].post(office.address(SAY, "desk.presence"), data=data, headers=headers).json


def test_two_people_on_one_text_are_told(office):
    office["publisher"].open(office.address(SAY, "desk.edit"))
    page = office["editor"].open(office.address(SAY, "desk.edit"))

    assert "Also here now: Ben" in words(page)
    assert tell(office, "publisher")["here"] == ["Chen"]
    assert "Chen" in words(office["publisher"].open("/editor/"))
    tell(office, "editor", leave="1", page=fields_of(page)["page"])
    assert tell(office, "publisher")["here"] == []


def test_loading_a_page_again_is_not_leaving(office):
    """The browser tells that it leaves the old page when the new one may have come already."""
    old = office["editor"].open(office.address(SAY, "desk.edit"))
    office["editor"].open(office.address(SAY, "desk.edit"))

    tell(office, "editor", leave="1", page=fields_of(old)["page"])

    assert tell(office, "publisher")["here"] == ["Chen"]


def test_whoever_is_silent_is_forgotten(office):
    office["publisher"].open(office.address(SAY, "desk.edit"))
    office.clock.move(seconds=LIFE.total_seconds() + 1)

    assert tell(office, "editor")["here"] == []


def test_somebody_who_only_reads_is_not_told_of(office):
    office["reader"].open(office.address(SAY, "desk.edit"))

    assert tell(office, "editor")["here"] == []


def test_the_page_learns_that_somebody_has_saved(office):
    head = office.save(SAY, by="publisher")

    assert tell(office, "editor") == {"here": [], "head": head, "by": "Ben"}


def test_presence_never_grows(office):
    presence = Presence(office.store, office.clock)
    for number in range(100):
        presence.enter(PEOPLE["editor"], Unit("xa", "en/strings.toml", f"say.s{number}"))
        office.clock.move(seconds=0.5)

    assert len(office.store.find("presence")) == 1
    assert len(presence.list_everybody()) == 20
    office.clock.move(seconds=timedelta(hours=1).total_seconds())
    presence.enter(PEOPLE["editor"], SAY)
    assert [one.unit for one in presence.list_everybody()] == [SAY]


# ---- translating ----


def test_a_translator_sees_what_has_changed_in_the_source(office):
    office.save(SAY, "say leave now", by="editor")

    page = office["translator"].open(office.address(SAY_ZH, "desk.edit"))

    assert "The source text has changed since this was translated." in words(page)
    assert re.search(r"<ins>.*now</ins>", page.text)
    assert "say leave now" in words(page)


def test_a_translation_that_fits_is_no_longer_behind(office):
    office.save(SAY, "say leave now", by="editor")

    write(office, SAY_ZH, by="translator", f_text="请走。")
    assert office.desk.edits.get_draft(SAY_ZH).made_from != hash_source_text("say leave now"), (
        "nobody said that it fits"
    )
    write(office, SAY_ZH, by="translator", fits="1")

    assert office.desk.edits.get_draft(SAY_ZH).made_from == hash_source_text("say leave now")
    assert "The source text has changed" not in words(office["translator"].open(office.address(SAY_ZH, "desk.edit")))


def test_a_source_that_changed_under_the_translators_eyes_is_noted_as_it_was(office):
    address = office.address(SAY_ZH, "desk.edit")
    office.save(SAY, "say leave now", by="editor")
    sent = fields_of(office["translator"].open(address))
    office.save(SAY, "say leave at once", by="editor")

    office["translator"].send(address, **sent, fits="1")

    assert office.desk.edits.get_draft(SAY_ZH).made_from == hash_source_text("say leave now")
    assert "The source text has changed" in words(office["translator"].open(address))


def test_what_waits_comes_one_after_the_other(office):
    who = Unit("xa", "en/strings.toml", "say.who")
    office.save(SAY, "say leave now", by="editor")
    office.save(who, "say who now", by="editor")
    listed = office["translator"].open("/editor/xa/translate/zh-Hans/")
    assert words(listed).index("say who now") < words(listed).index("say leave now")

    first = write(office, who.in_locale("zh-Hans"), by="translator", f_text="谁？", fits="1", action="next")
    assert first.location == office.address(SAY_ZH, "desk.edit", done="next")
    last = write(office, SAY_ZH, by="translator", f_text="请走。", fits="1", action="next")

    assert last.location == office.address(SAY_ZH, "desk.edit", done="saved")
    assert "Nothing left to do." in words(office["translator"].open("/editor/xa/translate/zh-Hans/"))


# ---- who may ----


@pytest.mark.parametrize("role", ["reader", "translator"])
def test_whoever_may_not_write_sees_the_form_locked(office, role):
    page = office[role].open(office.address(POLICE, "desk.edit"))

    assert '<fieldset class="plain" disabled>' in page.text
    assert 'value="submit"' not in page.text
    assert "Your role does not let you change it." in words(page)


@pytest.mark.parametrize(
    ("role", "unit"), [("reader", SAY), ("translator", SAY), ("translator", POLICE), ("reader", SAY_ZH)], ids=str
)
@pytest.mark.parametrize("endpoint", ["edit", "discard", "remove", "merge_edits"])
def test_whoever_may_not_write_is_refused(office, role, unit, endpoint):
    office.save(
        unit, {**office.desk.edits.get_draft(unit).content, "number": "1"} if unit == POLICE else "x", by="owner"
    )
    head = office.desk.edits.get_draft(unit).head
    fields = {"f_text": "y", "seen": str(head), "theirs": str(head), "yours": "=x", "before": "=x"}
    if unit == POLICE:
        fields |= {"yours": '=id = "police"\nnumber = "7"\n', "before": '=id = "police"\n', "pick-number": "yours"}

    assert office[role].send(office.address(unit, f"desk.{endpoint}"), **fields).status_code == 403
    assert office.desk.edits.get_draft(unit).head == head


def test_a_translator_writes_their_own_language(office):
    assert write(office, SAY_ZH, by="translator", f_text="请走。").status_code == 303
    assert office.desk.edits.get_draft(SAY_ZH).content == "请走。"


@pytest.mark.parametrize("endpoint", ["edit", "discard", "remove", "merge_edits", "presence"])
def test_a_form_without_its_token_is_refused(office, endpoint):
    office["editor"].open("/editor/")
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}

    answer = office["editor"].post(office.address(SAY, f"desk.{endpoint}"), data={"f_text": "x"}, headers=headers)

    assert answer.status_code == 400
    assert office.desk.edits.find_draft(SAY) is None


# ---- stored script ----


def every_text(specs_page: dict[str, str]) -> dict[str, str]:
    """A script in every field that takes any text."""
    return {name: SCRIPT if name.startswith("f_") else value for name, value in specs_page.items()}


@pytest.mark.parametrize("unit", [SAY, SAY_ZH, TOPIC, POLICE, CHECK, HEAD, VERDICT, FLOW], ids=str)
def test_a_stored_script_is_shown_as_text_wherever_it_appears(office, unit):
    content = office.desk.edits.get_draft(unit).content
    if isinstance(content, dict):
        dates = {name: value for name, value in content.items() if name in ("checked_on", "review_by", "id", "schema")}
        content = dict.fromkeys(content, SCRIPT) | dates
    else:
        content = SCRIPT if unit != TOPIC else f"+++\ntitle = '''{SCRIPT}'''\nsummary = '''{SCRIPT}'''\n+++\n{SCRIPT}\n"
    office.desk.edits.save(PEOPLE["editor"], unit, content, seen=0)
    office.desk.edits.save(PEOPLE["publisher"], unit, content, seen=office.desk.edits.get_draft(unit).head)

    paths = ["", "xa/", *(f"xa/{one}/" for one in LISTS), "xa/translate/zh-Hans/?all=1", "xa/texts/?q=" + SCRIPT[:8]]
    pages = [office["editor"].open(f"/editor/{path}") for path in paths]
    pages += [
        office["editor"].open(office.address(one, "desk.edit")) for one in (unit, SAY, SAY_ZH, TOPIC, POLICE, FLOW)
    ]
    pages.append(office["publisher"].send(office.address(unit, "desk.edit"), f_text=SCRIPT, seen="0", f_title=SCRIPT))
    for page in pages:
        assert page.status_code in (200, 303, 400, 409, 422), page.request.path
        assert "<script>alert" not in page.text, page.request.path
        assert "<img src=x" not in page.text, page.request.path
        assert "49" not in re.findall(r"\{\{7\*7\}\}|49(?=<)", page.text), page.request.path


@pytest.mark.parametrize("value", [SCRIPT, 5, [{"id": 5}, "x"], {"x": {"y": [SCRIPT]}}], ids=repr)
def test_whatever_a_draft_holds_every_page_opens(office, value):
    """A file that somebody brought in, or a newer program, may hold anything; nobody may be locked out by it."""
    pack = office.desk.load_usable_pack("xa").pack
    for kind, (_, mapping) in KINDS.items():
        unit = make_entry_unit("xa", kind, next(iter(getattr(pack, mapping)), "new"))
        names = (field.alias or name for name, field in KINDS[kind][0].model_fields.items())
        office.desk.edits.save(PEOPLE["editor"], unit, dict.fromkeys(names, value) | {"id": unit.entry[1]}, seen=0)
        assert office["editor"].open(office.address(unit, "desk.edit")).status_code == 200, unit
    office.desk.edits.save(
        PEOPLE["editor"], VERDICT, dict.fromkeys(office.desk.edits.get_draft(VERDICT).content, value), seen=0
    )

    for path in ("", "xa/", *(f"xa/{one}/" for one in LISTS), "preview/ready/xa/en/now/"):
        assert office["editor"].open(f"/editor/{path}").status_code == 200, path


@pytest.mark.parametrize("unit", [POLICE, FLOW, HEAD, TOPIC], ids=str)
def test_a_script_typed_into_every_field_comes_back_as_text(office, unit):
    address = office.address(unit, "desk.edit")
    sent = every_text(fields_of(office["editor"].open(address)))

    answer = office["editor"].send(address, **sent, row="add:f_nothing")

    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text


# ---- preview ----


def test_the_preview_shows_the_draft_and_nobody_elses_phone_does(office):
    office.save(SAY, NEW_WORDS)

    page = office["reader"].open("/editor/preview/ready/xa/en/now/")

    assert NEW_WORDS in page.text
    assert 'data-offline="ready"' in page.text
    assert NEW_WORDS not in office["reader"].open("/xa/en/now/").text


@pytest.mark.parametrize("state", ["none", "saving", "ready", "failed"])
def test_each_state_of_the_phone_can_be_seen(office, state):
    assert f'data-offline="{state}"' in office["reader"].open(f"/editor/preview/{state}/xa/en/").text


def test_the_preview_runs_no_script_and_only_our_own_pages_frame_it(office):
    page = office["reader"].open("/editor/preview/ready/xa/en/now/")

    assert "<script" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    style = re.search(r'href="(?:\.\./)+(b/[0-9a-f]+\.css)"', page.text)[1]
    assert office["reader"].open(f"/editor/preview/ready/{style}").content_type.startswith("text/css")
    framing = office["reader"].open(office.address(SAY, "desk.edit")).headers["Content-Security-Policy"]
    assert "frame-src 'self'" in framing
    assert "frame-ancestors 'none'" in framing
    assert "frame-src" not in office["reader"].open("/editor/xa/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["ready/xa/en/nowhere/", "ready/xb/en/", "ready/xa/fr/", "other/xa/en/", "ready/b/x.css", "ready/../x", "ready/"],
)
def test_there_is_no_preview_of_what_is_not_there(office, path):
    assert office["owner"].open(f"/editor/preview/{path}").status_code == 404


def test_a_preview_needs_somebody_who_is_signed_in(office):
    from tests.auth.browser import Browser

    answer = Browser(office.app).open("/editor/preview/ready/xa/en/now/")

    assert answer.status_code == 303
    assert "/editor/sign-in" in answer.location


def test_the_head_of_a_region_keeps_what_no_form_asks_for(office):
    write(office, make_head_unit("xa"), f_version="2")

    content = office.desk.edits.get_draft(HEAD).content
    assert (content["version"], content["id"], content["iso"], content["schema"]) == ("2", "xa", "XA", 1)


def test_the_preview_marks_what_is_not_written_yet(office):
    unit = make_entry_unit("xa", "danger", "fire")
    office.desk.edits.save(PEOPLE["editor"], unit, {"id": "fire", "rule": "two-staff", "contact": "police"}, seen=0)
    flow = office.desk.edits.get_draft(FLOW).content
    office.desk.edits.save(PEOPLE["editor"], FLOW, flow | {"dangers": ["entry", "fire"]}, seen=0)

    page = office["editor"].open("/editor/preview/ready/xa/en/now/")

    assert page.status_code == 200
    assert "[danger.fire.label]" in page.text


def test_a_page_that_cannot_be_made_says_so_in_the_frame(office):
    flow = office.desk.edits.get_draft(FLOW).content
    office.desk.edits.save(PEOPLE["editor"], FLOW, flow | {"dangers": ["nothing-such"]}, seen=0)

    page = office["editor"].open("/editor/preview/ready/xa/en/now/")

    assert page.status_code == 200
    assert "No preview yet" in words(page)
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
