"""A text with errors is marked where it is written, is handed in with a warning, and is never approved."""

import pytest

from server.editor.edits.model import Status
from server.editor.units.unit import Unit, make_entry_unit
from tests.auth.browser import words
from tests.editor.desks import CHECK, POLICE, SAY, TOPIC
from tests.editor.office import Office
from tests.publishing import Publisher

FIRE = make_entry_unit("xa", "contact", "fire")
FIRE_TEXTS = [
    Unit("xa", f"{tag}/strings.toml", f"contact.fire.{what}") for what in ("name", "when") for tag in ("en", "zh-Hans")
]


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def body(office: Office, unit=POLICE) -> str:
    return office["editor"].open(office.address(unit, "desk.edit")).text


def status(office: Office, unit) -> Status:
    return office.desk.edits.get_draft(unit).status


def broken(office: Office, **more):
    return {**office.desk.reader.read_newest_content(POLICE), "number": "121 10 ?", **more}


def add_fire(office: Office) -> int:
    """Hand in a new contact, whose name and purpose are texts of their own."""
    contact = {**office.desk.reader.read_newest_content(POLICE), "id": "fire", "number": "119"}
    return office.save(FIRE, contact)


# ---- where it is written ----


def test_errors_stand_above_the_form_with_the_way_to_their_field(office):
    assert 'id="errors" hidden' in body(office)
    office.save(POLICE, broken(office), submit=False)

    page = body(office)
    top = page[page.index('id="errors"') : page.index('class="workbench"')]

    assert "hidden" not in top[:40]
    assert '<a href="#f_number"' in top
    assert "cannot be dialled" in top
    assert ">Number</a>" in top


def test_an_error_in_a_long_text_names_the_line_of_the_form(office):
    """The file has a head above the text; nobody at the desk sees that."""
    source = str(office.desk.reader.read_baseline(TOPIC))
    head, mark, rest = source.rpartition("+++\n")
    office.save(TOPIC, f"{head}{mark}{rest.rstrip()}\n\nCall {{contact:nobody}}.\n", submit=False)
    field = rest.strip("\n").count("\n") + 3

    page = body(office, TOPIC)
    assert f'<a href="#f_body" data-line="{field}">The whole text, line {field}</a>' in page
    assert f"Line {field}:" in page.partition('id="f_body-says"')[2].partition("</ul>")[0]
    office["editor"].send("/editor/language", language="zh-Hans", next="/editor/")

    assert f"第 {field} 行</a>" in body(office, TOPIC)


def test_a_line_of_a_list_is_named_and_reached(office):
    source = str(office.desk.reader.read_baseline(TOPIC))
    office.save(TOPIC, source.replace('do = ["', 'do = ["Wait.", "Call {contact:nobody}.", "'), submit=False)

    assert 'data-line="0">What to do, line 2</a>' in body(office, TOPIC)


def test_the_script_that_saves_gets_the_same_list(office):
    fields = {"f_kind": "emergency", "f_channel": "voice", "f_number": "121 10 ?", "seen": "0", "autosave": "1"}
    answer = office["editor"].send(
        office.address(POLICE, "desk.edit"), **fields, headers={"Accept": "application/json"}
    )

    assert {"name": "f_number", "place": "Number", "line": 0} in [
        {name: one[name] for name in ("name", "place", "line")} for one in answer.json["errors"]
    ]


# ---- handing in ----


def test_handing_in_warns(office):
    office.save(POLICE, broken(office), submit=False)
    n = office.desk.edits.get_draft(POLICE).head

    done = office["editor"].send("/editor/reviews/hand-in", unit=str(POLICE), n=n)
    page = words(office["editor"].open(done.location))

    assert status(office, POLICE) is Status.WAITING
    assert "Submitted, but the checker found errors. It cannot be approved until they are mended." in page
    at_the_text = words(office["editor"].open(office.address(POLICE, "desk.edit", done="submitted")))
    assert "Saved and submitted, but there are errors." in at_the_text
    assert "Somebody else will read it." not in at_the_text


# ---- approving ----


def test_a_text_with_errors_is_not_approved_whatever_is_posted(office):
    n = office.save(POLICE, broken(office))

    page = office["publisher"].open("/editor/reviews/")
    assert f'value="{n} {POLICE}"' not in page.text
    assert "It cannot be approved until the errors are mended." in words(page)
    refused = office["publisher"].send("/editor/reviews/approve", text=f"{n} {POLICE}")

    assert refused.status_code == 409
    assert "Not approved: the checker found errors" in words(refused)
    assert "cannot be dialled" in words(refused)
    assert status(office, POLICE) is Status.WAITING
    assert office.desk.publishing.make_plan().errors == ()


def test_one_text_with_errors_keeps_a_page_from_being_approved_by_half(office):
    good, bad = office.save(SAY), office.save(POLICE, broken(office))

    refused = office["publisher"].send("/editor/reviews/approve", text=[f"{good} {SAY}", f"{bad} {POLICE}"])

    assert refused.status_code == 409
    assert (status(office, SAY), status(office, POLICE)) == (Status.WAITING, Status.WAITING)


def test_what_would_break_another_text_is_not_approved(office):
    """The checker finds the error in a text that nobody changed."""
    number = office.save(POLICE, None)

    refused = office["publisher"].send("/editor/reviews/approve", text=f"{number} {POLICE}")

    assert refused.status_code == 409
    assert status(office, POLICE) is Status.WAITING
    assert office.desk.publishing.make_plan().errors == ()


def test_a_new_entry_and_its_texts_can_be_approved_one_after_the_other(office):
    """Each is only whole with the others: what another draft mends must not stop the first approval."""
    entry = add_fire(office)
    lonely = office["publisher"].send("/editor/reviews/approve", text=f"{entry} {FIRE}")
    assert lonely.status_code == 409, "nobody has written its texts yet"
    texts = [(office.save(unit, "Fire"), unit) for unit in FIRE_TEXTS]

    for number, unit in [(entry, FIRE), *texts]:
        done = office["publisher"].send("/editor/reviews/approve", text=f"{number} {unit}")
        assert done.status_code == 303, words(done)

    assert office.desk.publishing.make_plan().errors == ()


def test_a_draft_of_somebody_else_with_errors_stops_nobody(office):
    office.save(POLICE, broken(office), submit=False)
    number = office.save(SAY)

    done = office["publisher"].send("/editor/reviews/approve", text=f"{number} {SAY}")

    assert done.status_code == 303
    assert status(office, SAY) is Status.REVIEWED


def test_what_was_broken_before_can_be_mended(office):
    """An error that is approved already, as by an older program, does not keep its cure away."""
    office.approve_unchecked(POLICE, broken(office))
    assert office.desk.publishing.make_plan().errors

    number = office.save(POLICE, broken(office, number="110"))
    other = office.save(CHECK, {**office.desk.reader.read_newest_content(CHECK), "bad": "no"})
    for one in (f"{number} {POLICE}", f"{other} {CHECK}"):
        assert office["publisher"].send("/editor/reviews/approve", text=one).status_code == 303

    assert office.desk.publishing.make_plan().errors == ()
