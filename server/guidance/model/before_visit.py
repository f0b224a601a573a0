"""What helps before anybody comes: a decision table, the stages of collection, preparations, and lines to practise."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from server.guidance.model.field_types import Model, Slug, Slugs, SourceIds, make_field_error, make_pattern_validator
from server.guidance.problems.codes import Code

Group = Literal["expect", "message", "today"]
Page = Annotated[
    str,
    make_pattern_validator(
        r"(?:settings|records|install|about|guide|practice|will-they-come|sources)/(?:#[a-z0-9-]+)?",
        Code.BAD_PAGE,
    ),
]


class LeftOut(Model):
    """Sources that no topic repeats; the reason is the text `left-out.<id>`."""

    id: Slug
    sources: SourceIds


def _make_answers_validator(*reserved: str) -> AfterValidator:
    """Return a validator for the answers to choose from; `reserved` words already name other texts of the entry."""

    def check_answers(answers: tuple[str, ...]) -> tuple[str, ...]:
        if len(answers) < 2:
            raise make_field_error(Code.TOO_FEW_ANSWERS)
        if set(reserved) & set(answers):
            raise make_field_error(Code.RESERVED_ANSWER, value=reserved)
        return answers

    return AfterValidator(check_answers)


class Question(Model):
    """One question of the decision table."""

    id: Slug
    answers: Annotated[Slugs, _make_answers_validator("ask")]


def _check_any_answer(answers: tuple[str, ...]) -> tuple[str, ...]:
    if not answers:
        raise make_field_error(Code.NO_ANSWER)
    return answers


class Outcome(Model):
    """One row of the decision table: it fits when each question in `when` has one of the answers listed there."""

    id: Slug
    group: Group
    when: Mapping[Slug, Annotated[Slugs, AfterValidator(_check_any_answer)]] = {}
    topics: Slugs = ()
    rules: Slugs = ()
    say: Slugs = ()
    contacts: Slugs = ()


class Stage(Model):
    """One stage of collection, in the order of the file; the words say that the order may differ."""

    id: Slug
    rules: Slugs = ()
    topics: Slugs = ()
    flow: Slug | None = None


class Preparation(Model):
    """One thing to get ready, and the one place where it is done or explained."""

    id: Slug
    link: Page | None = None
    topic: Slug | None = None
    flow: Slug | None = None

    @model_validator(mode="after")
    def _check_one_place(self) -> Self:
        if [self.link, self.topic, self.flow].count(None) != 2:
            raise make_field_error(Code.NOT_ONE_PLACE)
        return self


class Drill(Model):
    """A line of pressure with answers to choose from; `good` is the one that keeps a person safe."""

    id: Slug
    answers: Annotated[Slugs, _make_answers_validator("line")]
    good: Slug
    rule: Slug
    say: Slug | None = None

    @model_validator(mode="after")
    def _check_good_answer(self) -> Self:
        if self.good not in self.answers:
            raise make_field_error(Code.GOOD_NOT_AN_ANSWER, at="good")
        return self
