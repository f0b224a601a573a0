"""`doorwise check`: what a phone meets at the public address."""

from __future__ import annotations

import click

from server.checkup.sentences import TO_CHANGE, WHOLE
from server.checkup.visit import check_address
from server.cli.options import print_line
from server.errors import AppError
from server.guidance.problems.problem import quote_value
from server.i18n import SOURCE, list_catalogue_locales, load_translations


@click.command()
@click.argument("address")
@click.option(
    "--language",
    type=click.Choice(list_catalogue_locales()),
    default=SOURCE,
    envvar="DOORWISE_LANGUAGE",
    show_default=True,
    show_envvar=True,
    help="Language of the findings.",
)
def check(address: str, language: str) -> None:
    """Visit ADDRESS, such as https://help.example.org, as a phone does, and say what to change on the way there.

    One line for each finding. Exit codes: 0 nothing to change, 1 findings, 2 it could not be reached, or wrong use.
    Use the version that the server runs.
    """
    gettext = load_translations(language).gettext
    result = check_address(address)
    for finding in result.findings:
        print_line(finding.format_line(gettext))
    if result.findings:
        raise AppError(_fill_in(gettext(TO_CHANGE), address=address, count=len(result.findings)))
    print_line(_fill_in(gettext(WHOLE), address=address, release=result.release[:12], count=result.compared))


def _fill_in(sentence: str, **params: object) -> str:
    """Return a sentence with its parameters, none of which a terminal can obey."""
    return sentence % {name: quote_value(value) for name, value in params.items()}
