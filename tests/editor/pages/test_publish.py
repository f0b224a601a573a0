"""Review, publish, releases, recall and history, as each role meets them in a browser."""

import re

import pytest
from markupsafe import escape

from server.editor.edits.model import Status
from server.editor.units.unit import make_entry_unit
from tests.auth.browser import words
from tests.auth.desk import ORIGIN
from tests.editor.desks import CHECK, POLICE, SAY, SAY_ZH, TOPIC
from tests.editor.office import PEOPLE, Office
from tests.publishing import Publisher

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def plan_of(page) -> str:
    found = re.search(r'name="plan" value="([0-9a-f]{64})"', page.text)
    assert found, words(page)
    return found[1]


def head(office: Office, unit=SAY) -> int:
    return office.desk.edits.get_draft(unit).head


# ---- the review queue ----


def test_a_reviewer_sees_the_words_that_change_and_approves(office):
    n = office.save()

    page = office["publisher"].open("/editor/reviews/")
    assert "<ins>" in page.text
    assert "Chen wrote this" in words(page)
    done = office["publisher"].send("/editor/reviews/approve", text=f"{n} {SAY}")

    assert done.location == "/editor/reviews/?done=approved&show=waiting"
    assert office.desk.edits.get_draft(SAY).status is Status.REVIEWED
    assert "Approved. It goes to phones with the next release." in words(office["publisher"].open(done.location))


def test_the_author_reads_why_it_is_not_by_her(office):
    n = office.save()

    page = office["editor"].open("/editor/reviews/")
    assert "You wrote this, so somebody else must read it. Ask: Ann, Ben." in words(page)
    assert "/editor/reviews/approve" not in page.text
    refused = office["editor"].send("/editor/reviews/approve", text=f"{n} {SAY}")

    assert refused.status_code == 403
    assert office.desk.edits.get_draft(SAY).status is Status.WAITING


def test_whoever_is_alone_may_approve_what_she_wrote(office):
    for role in ("publisher", "editor"):
        member = office.store.get("person", PEOPLE[role].id)
        office.store.docs["person", PEOPLE[role].id] = type(member)(
            "person", member.id, member.version, {**member.body, "active": False}
        )
    n = office.save(by="owner")

    assert "nobody else here can review it" in words(office["owner"].open("/editor/reviews/"))
    office["owner"].send("/editor/reviews/approve", text=f"{n} {SAY}")

    assert office.desk.edits.get_draft(SAY).status is Status.REVIEWED


def test_a_text_goes_back_with_a_note_that_its_author_reads(office):
    n = office.save()

    done = office["publisher"].send("/editor/reviews/send-back", unit=str(SAY), n=n, note="Say whose door it is.")
    assert done.status_code == 303
    page = office["editor"].open("/editor/reviews/?show=writing")

    assert "Ben sent it back: Say whose door it is." in words(page)
    assert office.desk.edits.get_draft(SAY).status is Status.RETURNED
    office["editor"].send("/editor/reviews/hand-in", unit=str(SAY), n=n)
    assert office.desk.edits.get_draft(SAY).status is Status.WAITING


def test_a_note_is_needed_and_is_about_the_newest_state(office):
    n = office.save()
    ben = office["publisher"]

    assert ben.send("/editor/reviews/send-back", unit=str(SAY), n=n, note="  ").status_code == 400
    assert ben.send("/editor/reviews/send-back", unit=str(SAY), n=n, note="x" * 2001).status_code == 400
    assert ben.send("/editor/reviews/send-back", unit=str(SAY), n=n + 1, note="x").status_code == 409
    assert office.desk.reviews.find_last_note(SAY) is None
    assert office.desk.edits.get_draft(SAY).status is Status.WAITING


def test_an_approval_that_goes_back_needs_somebody_else_again(office):
    n = office.approve()

    office["owner"].send("/editor/reviews/send-back", unit=str(SAY), n=n, note="Not yet.")

    assert office.desk.edits.get_draft(SAY).status is Status.RETURNED
    assert office.desk.reviews.find_review_obstacle(PEOPLE["editor"], SAY) == "author"
    assert office.desk.publishing.make_plan().is_empty


def test_an_approval_is_taken_back(office):
    office.approve()
    page = office["publisher"].open("/editor/reviews/?show=reviewed")
    assert "Ben approved it" in words(page)

    office["publisher"].send("/editor/reviews/take-back", unit=str(SAY))

    assert office.desk.edits.get_draft(SAY).reviewed == 0
    assert office.desk.publishing.make_plan().is_empty


def test_what_was_changed_since_it_was_read_is_not_approved(office):
    n = office.save()
    office.save(content="Other words.")

    refused = office["publisher"].send("/editor/reviews/approve", text=f"{n} {SAY}")

    assert refused.status_code == 409
    assert office.desk.edits.get_draft(SAY).reviewed == 0


def test_one_page_is_approved_at_once_and_a_bad_value_approves_nothing(office):
    one, two = office.save(), office.save(POLICE, {**office.desk.reader.read_newest_content(POLICE), "number": "112"})
    ben = office["publisher"]
    assert "Approve all 2 on this page" in words(ben.open("/editor/reviews/"))

    assert ben.send("/editor/reviews/approve", text=[f"{one} {SAY}", "x xa:pack.toml"]).status_code == 400
    assert office.desk.edits.get_draft(SAY).reviewed == 0
    assert ben.send("/editor/reviews/approve", text=[f"{one} {SAY}", f"{two} {POLICE}"]).status_code == 303

    assert (office.desk.edits.get_draft(SAY).status, office.desk.edits.get_draft(POLICE).status) == (
        Status.REVIEWED,
        Status.REVIEWED,
    )


def test_a_long_queue_has_pages(office):
    for key in sorted(office.desk.load_usable_pack("xa").pack.strings["en"])[:25]:
        office.save(SAY.__class__("xa", "en/strings.toml", key), f"Words of {key}.")

    first, second = (office["publisher"].open(f"/editor/reviews/?page={number}") for number in (1, 2))

    assert "Waiting for a review (25)" in words(first)
    assert "Page 1 of 2" in words(first)
    assert first.text.count("data-unit=") == 20
    assert second.text.count("data-unit=") == 5
    assert words(office["publisher"].open("/editor/reviews/?page=99")) == words(second)


def test_the_queue_shows_what_the_checker_says(office):
    office.save(content="")

    assert "The checker" in words(office["publisher"].open("/editor/reviews/"))


# ---- publishing ----


def test_the_plan_shows_texts_pages_languages_bytes_and_what_falls_behind(office):
    office.approve()

    said = words(office["publisher"].open("/editor/publish/"))

    for sentence in (
        "Changed texts: 1",
        "written by Chen",
        "approved by Ben",
        "Translations that become out of date: 1",
    ):
        assert sentence in said
    assert re.search(r"[\d.]+ kB", said)
    assert "xa/en/now/" in said


def test_publishing_takes_the_plan_that_was_shown(office):
    office.approve()
    before = office.data.read_current().digest
    page = office["publisher"].open("/editor/publish/")

    done = office["publisher"].send("/editor/publish/now", plan=plan_of(page))

    assert done.location == "/editor/releases/?done=published"
    assert office.data.read_current().digest != before
    listed = words(office["publisher"].open(done.location))
    assert "Ben published it" in listed
    assert "phones get this" in listed
    assert "There is nothing to publish" in words(office["publisher"].open("/editor/publish/"))


def test_a_plan_that_went_stale_is_refused_and_shown_anew(office):
    """Nobody publishes what they did not see."""
    office.approve()
    page = office["publisher"].open("/editor/publish/")
    before = office.data.read_current().digest
    office.approve(POLICE, {**office.desk.reader.read_newest_content(POLICE), "number": "112"})

    refused = office["publisher"].send("/editor/publish/now", plan=plan_of(page))

    assert refused.status_code == 409
    assert "nothing was published" in words(refused)
    assert office.data.read_current().digest == before
    assert plan_of(refused) != plan_of(page)
    assert office["publisher"].send("/editor/publish/now", plan=plan_of(refused)).status_code == 303


@pytest.mark.parametrize("plan", ["", "0" * 64, "x", "0" * 65, SCRIPT])
def test_a_plan_that_nobody_was_shown_publishes_nothing(office, plan):
    office.approve()
    before = office.data.read_current().digest

    assert office["owner"].send("/editor/publish/now", plan=plan).status_code in (400, 409)
    assert office.data.read_current().digest == before


def test_a_draft_stays_at_the_desk(office):
    office.save()
    office.save(CHECK, {**office.desk.reader.read_newest_content(CHECK), "key": True}, submit=False)

    said = words(office["owner"].open("/editor/publish/"))

    assert "There is nothing to publish" in said
    assert "1 wait for a review, 1 are being written" in said


def test_a_refusal_links_to_its_unit_however_long_the_name(office):
    unit = make_entry_unit("xa", "contact", "police-" + "x" * 180)
    office.approve_unchecked(unit, office.desk.reader.read_baseline(POLICE) | {"id": unit.entry[1], "hours": "nowhere"})

    page = office["publisher"].open("/editor/publish/")

    refused = page.text.split('id="errors"')[1].split("</section>")[0]
    assert f'href="{escape(office.address(unit, "desk.edit"))}"' in refused


def test_the_checker_stands_in_the_way_and_there_is_no_button(office):
    office.approve_unchecked(content="See {contact:nobody}.")

    page = office["owner"].open("/editor/publish/")

    assert "Problems that stop publishing: " in words(page)
    assert 'name="plan"' not in page.text
    before = office.data.read_current().digest
    refused = office["owner"].send("/editor/publish/now", plan=office.desk.publishing.make_plan().digest)
    assert refused.status_code == 409
    assert "The checker found errors" in words(refused)
    assert office.data.read_current().digest == before


def test_publishing_asks_for_the_passkey_once_more_after_a_while(office):
    office.approve()
    page = office["owner"].open("/editor/publish/")
    office.clock.move(minutes=15)
    before = office.data.read_current().digest

    asked = office["owner"].send("/editor/publish/now", plan=plan_of(page))

    assert asked.location == "/editor/confirm?next=/editor/publish/"
    assert office.data.read_current().digest == before


# ---- releases ----


def test_one_click_and_a_confirmation_go_back(office):
    first = office.data.read_current().digest
    office.approve()
    second = office.publish()
    owner = office["owner"]
    page = owner.open("/editor/releases/")
    (way,) = re.findall(r'href="(/editor/releases/[0-9a-f]{64}/back/)"', page.text)
    assert first in way

    question = owner.open(way)
    assert "Go back to an earlier release?" in words(question)
    assert office.data.read_current().digest == second, "a question changes nothing"
    done = owner.send(f"{way}now", current=second, reason="A wrong number.")

    assert done.location == "/editor/releases/?done=back"
    assert office.data.read_current().digest == first
    assert "Ann went back to this release" in words(owner.open(done.location))
    assert "Changed texts: 1" in words(owner.open("/editor/publish/")), "what was undone can be published again"


def test_going_back_from_another_release_than_the_one_on_the_page_is_refused(office):
    first = office.data.read_current().digest
    office.approve()
    second = office.publish()
    office.approve(content="Third words.")
    third = office.publish()

    refused = office["owner"].send(f"/editor/releases/{first}/back/now", current=second, reason="A wrong number.")

    assert refused.status_code == 409
    assert "nothing was changed" in words(refused)
    assert office.data.read_current().digest == third


@pytest.mark.parametrize("release", ["0" * 64, "0" * 40])
def test_there_is_no_way_back_to_what_never_was(office, release):
    current = office.data.read_current().digest

    assert office["owner"].open(f"/editor/releases/{release}/back/").status_code == 404
    assert office["owner"].send(f"/editor/releases/{release}/back/now", current=current).status_code == 404
    assert office["owner"].send(f"/editor/releases/{current}/back/now", current=current).status_code == 404


# ---- recall ----


def test_one_text_is_withdrawn_and_brought_back(office):
    owner = office["owner"]
    assert "Withdraw this text?" in words(owner.open("/editor/recalls/xa/second/"))

    done = owner.send("/editor/recalls/xa/second/withdraw", reason="A wrong number.")
    assert done.location == "/editor/recalls/?done=withdrawn"
    assert set(office.data.channel.read().recalled) == {"xa/en/guide/second/", "xa/zh-Hans/guide/second/"}
    assert "withdrawn" in words(owner.open("/editor/recalls/"))
    assert "Restore this text?" in words(owner.open("/editor/recalls/xa/second/"))
    owner.send("/editor/recalls/xa/second/lift")

    assert office.data.channel.read().recalled == ()
    whats = [entry.body["what"] for entry in office.store.entries("audit")]
    assert whats[-2:] == ["topic.recalled", "topic.lifted"]


def test_what_is_not_published_cannot_be_withdrawn(office):
    owner = office["owner"]

    assert owner.open("/editor/recalls/xa/nothing/").status_code == 404
    assert owner.send("/editor/recalls/xa/nothing/withdraw").status_code == 404
    assert owner.send("/editor/recalls/xa/changes/withdraw").status_code == 404
    assert owner.send("/editor/recalls/xa/second/lift").status_code == 409
    assert office.data.channel.read().recalled == ()


# ---- history ----


def test_the_history_shows_each_state_in_words_and_brings_one_back(office):
    office.save(content="First words.")
    office.save(content="Second words.")
    address = office.address(SAY, "desk.history")
    editor = office["editor"]

    page = editor.open(address)
    assert "Version 2" in words(page)
    assert re.search(r"<del>.*?First</del>", page.text, re.S)
    done = editor.send("/editor/history/restore", unit=str(SAY), n=1, seen=2)

    assert done.location == f"{address}?done=restored"
    assert office.desk.reader.read_newest_content(SAY) == "First words."
    assert "restored version 1" in words(editor.open(address))


def test_two_states_are_compared(office):
    for number in range(4):
        office.save(content=f"Words number {number}.")

    page = office["reader"].open(office.address(SAY, "desk.history", old=1, new=4))

    assert "What changed between these two" in words(page)
    assert office["reader"].open(office.address(SAY, "desk.history", old=1, new=9)).status_code == 404
    assert office["reader"].open(office.address(SAY, "desk.history", old="x", new="-1")).status_code == 400


def test_a_state_is_not_brought_back_over_words_that_were_not_seen(office):
    office.save(content="First words.")
    office.save(content="Second words.")

    refused = office["editor"].send("/editor/history/restore", unit=str(SAY), n=1, seen=1)

    assert refused.status_code == 409
    assert "nothing was restored" in words(refused)
    assert office.desk.reader.read_newest_content(SAY) == "Second words."


def test_a_translator_restores_in_their_language_only(office):
    office.save(content="First words.")
    office.save(SAY_ZH, "请站远一点。")
    office.save(SAY_ZH, "请您站远一点。")
    mei = office["translator"]

    assert "Restore this version" in words(mei.open(office.address(SAY_ZH, "desk.history")))
    assert "Restore this version" not in words(mei.open(office.address(SAY, "desk.history")))
    assert mei.send("/editor/history/restore", unit=str(SAY_ZH), n=1, seen=2).status_code == 303
    assert mei.send("/editor/history/restore", unit=str(SAY), n=1, seen=1).status_code == 403


# ---- who may what ----

ALLOWED = {
    ("GET", "/editor/reviews/"): "owner publisher editor translator reader",
    ("GET", "/editor/publish/"): "owner publisher editor translator reader",
    ("GET", "/editor/releases/"): "owner publisher editor translator reader",
    ("GET", "/editor/recalls/"): "owner publisher editor translator reader",
    ("GET", "/editor/recalls/xa/second/"): "owner publisher",
    ("POST", "/editor/reviews/approve"): "owner publisher editor",
    ("POST", "/editor/reviews/send-back"): "owner publisher editor",
    ("POST", "/editor/reviews/take-back"): "owner publisher editor",
    ("POST", "/editor/reviews/hand-in"): "owner publisher editor translator",
    ("POST", "/editor/history/restore"): "owner publisher editor translator",
    ("POST", "/editor/publish/now"): "owner publisher",
    ("POST", "/editor/publish/send-back"): "owner publisher editor",
    ("POST", f"/editor/releases/{'0' * 64}/back/now"): "owner publisher",
    ("POST", "/editor/recalls/xa/second/withdraw"): "owner publisher",
    ("POST", "/editor/recalls/xa/second/lift"): "owner publisher",
}


@pytest.mark.parametrize(
    ("asked", "allowed"), ALLOWED.items(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_each_role_reaches_what_it_may(office, asked, allowed):
    method, path = asked
    reached = {
        role
        for role in PEOPLE
        if "Your role does not allow this"
        not in words(office[role].open(path) if method == "GET" else office[role].send(path))
    }

    assert reached == set(allowed.split())


def test_nobody_reaches_anything_without_a_session(office):
    stranger = office["owner"].__class__(office.app)
    stranger.kept = office["owner"].token()
    for method, path in ALLOWED:
        answer = stranger.open(path) if method == "GET" else stranger.send(path)
        assert answer.status_code in (303, 401), path
        assert "/editor/sign-in" in (answer.location or "/editor/sign-in")


@pytest.mark.parametrize("path", [path for method, path in ALLOWED if method == "POST"])
def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(office, path):
    n = office.approve()
    fields = {
        "unit": str(SAY),
        "n": n,
        "seen": n,
        "note": "x",
        "text": f"{n} {SAY}",
        "plan": office.desk.publishing.make_plan().digest,
    }
    before = office.data.channel.read(), office.desk.edits.get_draft(SAY), len(office.store.entries("audit"))

    bare = office["owner"].post(path, data=fields, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    foreign = office["owner"].send(path, headers={"Origin": "https://evil.example"}, **fields)

    assert (bare.status_code, foreign.status_code) == (400, 403)
    assert (office.data.channel.read(), office.desk.edits.get_draft(SAY), len(office.store.entries("audit"))) == before


# ---- stored script ----


def test_what_people_wrote_is_shown_as_text(office):
    n = office.save(content=SCRIPT)
    office.save(
        TOPIC, str(office.desk.reader.read_newest_content(TOPIC)).replace('title = "', f"title = '''{SCRIPT}''' #")
    )
    office.save(POLICE, {**office.desk.reader.read_newest_content(POLICE), "note": SCRIPT})
    office["publisher"].send("/editor/reviews/send-back", unit=str(SAY), n=n, note=SCRIPT)
    office.save(content=SCRIPT + "!")

    pages = [office["owner"].open(f"/editor/reviews/?show={queue}") for queue in ("waiting", "writing")]
    pages += [office["owner"].open(office.address(unit, "desk.history")) for unit in (SAY, TOPIC, POLICE)]
    office.approve_unchecked(content=SCRIPT + "!")
    pages.append(office["owner"].open("/editor/publish/"))

    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{7*7}}" in page.text or "49" not in words(page)
    assert any("&lt;script&gt;" in page.text or "&lt;" in page.text for page in pages)


@pytest.mark.parametrize("path", [path for method, path in ALLOWED if method == "GET"])
def test_no_page_has_an_inline_script_or_style(office, path):
    office.save()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", office["owner"].open(path).text)


def test_the_pages_speak_chinese(office):
    office.save()
    office["owner"].send("/editor/language", language="zh-Hans")

    page = office["owner"].open("/editor/reviews/")

    assert '<html lang="zh-Hans"' in page.text
    assert "等审核" in words(page)
