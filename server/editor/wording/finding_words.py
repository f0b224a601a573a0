"""What the checker says, in sentences for people. What is not in the tables is told as the checker tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from server.editor.packs.findings import Finding
from server.guidance.problem import Problem, shorten
from server.i18n import N_

# How files must be written, and then what they say. The first whose pattern fits "<value> – expected <expected>" is told; its groups fill the sentence in.
_OF_FILES: tuple[tuple[str, str], ...] = (
    (r"unknown key – expected one of (?P<two>.*)", N_("There is no such field here. Possible: %(two)s.")),
    (r"unknown key – expected one table (?P<two>.*)", N_("Only the table %(two)s may stand in this file.")),
    (r"unknown key – expected the body after .*", N_("This belongs below the head of the topic, not into it.")),
    (r".* – expected no such key", N_("There is no such field here.")),
    (r"unknown file – .*", N_("No file of a region is called like this.")),
    (
        r"(?:a symbolic link|a folder|not a regular file) – .*",
        N_("This is no file of text, or lies too deep in folders."),
    ),
    (r"no such folder – .*", N_("The folder is missing.")),
    (r"more than (?P<one>\S+) files – .*", N_("These are more than %(one)s files.")),
    (r"more than (?P<one>\S+) MiB.* – .*", N_("It is larger than %(one)s MiB.")),
    (r".* – expected a (?:file|folder) that can be read", N_("It cannot be read.")),
    (r".* – expected text in UTF-8", N_("It is no text in UTF-8. Save the file as UTF-8.")),
    (r"an empty file – .*", N_("The file is empty.")),
    (r"missing – expected this file", N_("This file is missing.")),
    (r".* – expected TOML", N_("It is not written as TOML should be. Look at quotes, brackets and equals signs.")),
    (r"a line with more than .* dots – .*", N_("A line has too many dots.")),
    (r"nested too deeply – .*", N_("Tables lie too deep in each other.")),
    (r"a control character – .*", N_("A character stands here that cannot be seen. Take it out.")),
    (
        r"no front matter – expected a line (?P<two>\S+) .*",
        N_("The topic has no head: it stands at the top, between two lines %(two)s."),
    ),
    (
        r"front matter without an end – expected a second line (?P<two>\S+)",
        N_("The head of the topic has no end: a second line %(two)s."),
    ),
    (
        r".* – expected (?:a table|tables that begin with) (?P<two>\[.*\])",
        N_("A table must stand here that begins with %(two)s."),
    ),
    (r".* – expected a table", N_("A table must stand here.")),
    (r".* – expected an array(?: of keys)?", N_("A list in square brackets must stand here.")),
    (
        r".* – expected an entry below that it applies to",
        N_("There is nothing of this name that it could remove or replace."),
    ),
    (r"(?P<one>.*) – expected the key of a text below", N_("There is no text %(one)s that could be removed.")),
    (r".* – expected true, or nothing", N_("Write true here, or leave it out.")),
    (r".* – expected true or false", N_("True or false must stand here, without quotes.")),
    (r".* – expected a text; put quotes .*", N_("Put quotes round the whole key.")),
    (r".* – expected a date such as .*", N_("A day must stand here, written as 2026-01-31, without quotes.")),
    (r".* – expected a date without a time", N_("Write the day alone, without a time.")),
    (r".* – expected (?:no circle of parents|fallbacks that end)", N_("This leads round in a circle.")),
    (r".* – expected at most \S+ parents", N_("Too many regions lie above this one.")),
    (r"(?P<one>.*) – expected a region that has a folder", N_("The region above it, %(one)s, is not here.")),
    (
        r"(?P<one>.*) – expected the folder's name, (?P<two>.*)",
        N_("The short name %(one)s is not that of its folder, %(two)s."),
    ),
    (
        r"(?P<one>.*) – expected (?P<two>.*), as the id says",
        N_("%(one)s does not fit the short name of the region: that says %(two)s."),
    ),
    (
        r"(?P<one>.*) – expected the country that the id begins with, .*",
        N_("%(one)s cannot lie above this region: only the country that its short name begins with can."),
    ),
    (r"(?P<one>.*) – expected an ISO 3166 code.*", N_("%(one)s is no ISO 3166 code of a region.")),
    (r"locale (?P<one>.*) – expected a locale of pack\.toml", N_("The region has no language %(one)s.")),
    (r"topic (?P<one>.*) – expected a topic of topics\.toml", N_("The region has no topic %(one)s.")),
    (r".* – expected 1, the only pack format .*", N_("This version of the program reads format 1 only.")),
)
_OF_WORDS: tuple[tuple[str, str], ...] = (
    (r".* – expected a page such as .*", N_("This is no page of the app. Write it as settings/ or settings/#people.")),
    (r".* – expected no answer with the name (?P<two>.*)", N_("No answer may be called %(two)s.")),
    (
        r"(?P<one>\d+) combinations of answers – expected at most (?P<two>\d+)",
        N_("%(one)s combinations of answers are too many: at most %(two)s."),
    ),
    (r"no row – .*", N_("This group has no row. It needs one.")),
    (
        r"missing – expected the sentence that announces a recording",
        N_("The sentence that announces a recording is missing."),
    ),
    (
        r".* – expected a fallback to take from, .*",
        N_("A language that is not complete borrows from another one, and the source language cannot."),
    ),
    (
        r".* – expected announce-first or off, .*",
        N_("Recording may begin by itself only where the consent of one party is enough."),
    ),
    (
        r".* – expected yes, depends or unknown with this consent",
        N_("With this rule of consent it cannot be said that a recording need not be announced."),
    ),
    (
        r"(?P<one>.*) – expected not what topic (?P<two>.*) covers",
        N_("Topic %(two)s covers %(one)s, so it cannot be listed as left out."),
    ),
    (r"(?P<one>.*) – expected not what (?P<two>.*) leaves out too", N_("%(two)s lists %(one)s as left out already.")),
    (
        r"(?P<one>.*) – expected 16 hexadecimal digits",
        N_("%(one)s is no mark of a source text: those have 16 digits or letters from a to f."),
    ),
    (
        r"(?P<one>.*) – expected another name: .*",
        N_("A page of the guide is called %(one)s already. Choose another name."),
    ),
    (
        r"the source locale has no original – .*",
        N_("The source language is translated from nothing, so it has no such file."),
    ),
    (r"an orphan – .*", N_("It is noted what this was translated from, but the text itself is not there.")),
    (r"no rule card – .*", N_("The rule that this rests on is not shown: put {rule:…} where it belongs.")),
    (r"no (?P<one>\{rule:.*\}) – .*", N_("%(one)s is missing: the source text shows it.")),
    (r"(?P<one>\{rule:.*\}) – expected only rule cards .*", N_("%(one)s is not in the source text.")),
    (r"stale – expected a translation of .*", N_("The source text has changed since this was translated.")),
    (
        r"missing – expected the digest .*",
        N_("It is not noted which source text this was translated from. Confirm it."),
    ),
    (r"not translated – .*", N_("Not translated yet.")),
    (r"(?:missing|blank|\"\") – expected (?:a text|some text)", N_("A text is missing here.")),
    (r"missing – expected this topic in every locale", N_("This topic is not written in this language yet.")),
    (
        r".* – expected a value, because this key is required|missing – expected the id of a .*",
        N_("This must be filled in."),
    ),
    (r"missing placeholder – expected (?P<one>\{.*\}) in it", N_("%(one)s must stand in this text.")),
    (
        r"(?P<one>\d+) characters – expected at most (?P<two>\d+)",
        N_("%(one)s characters are too many: at most %(two)s."),
    ),
    (r"(?P<one>.*) – expected no such claim: (?P<two>.*)", N_("Do not say %(one)s: %(two)s.")),
    (
        r"(?P<one>.*) – expected the placeholder (?P<two>.*)",
        N_("Write %(two)s instead of %(one)s, so that it is kept in one place only."),
    ),
    (r"(?P<one>.*) – expected a placeholder that may stand here", N_("%(one)s cannot stand here.")),
    (r"(?P<one>.*) – expected the id of a contact .*", N_("No contact with a number or address fits %(one)s.")),
    (r"(?P<one>.*) – expected \{hours:ID\}.*", N_("No hours fit %(one)s.")),
    (r"(?P<one>.*) – expected braces only .*", N_("Braces { } stand only for things like {contact:police}: %(one)s.")),
    (r"(?P<one>.*) is not cited – .*", N_("Source %(one)s must be cited: put {src:%(one)s} after the sentence.")),
    (
        r"(?P<one>.*) is cited – expected no source .*",
        N_("Source %(one)s is listed as left out, but it is cited here."),
    ),
    (r"(?P<one>.*) – expected a sentence before it", N_("%(one)s must stand after a sentence.")),
    (
        r"(?P<one>.*) – expected a paragraph of its own",
        N_("%(one)s must stand alone, with an empty line before and after."),
    ),
    (r"(?P<one>.*) – expected a link to topic:ID .*", N_("This link leads nowhere: %(one)s.")),
    (r"(?P<one>.*) – expected the id of a (?:\[\[)?\w+(?:\]\])?", N_("There is no %(one)s in this region.")),
    (
        r"(?P<one>.*) – expected a one_tap contact .*",
        N_("%(one)s is not one tap away, or cannot be reached like this."),
    ),
    (r"(?P<one>.*) – expected a day after checked_on", N_("%(one)s must be later than the day of the check.")),
    (r"(?P<one>.*) – expected a day that has not passed", N_("%(one)s has passed. Check it again.")),
    (r"(?P<one>.*) – expected one of (?P<two>.*)", N_("%(one)s is not possible here. Possible: %(two)s.")),
    (r"none – expected at least one source", N_("At least one source must be named.")),
    (r"missing – expected the rule it rests on", N_("The rule that these hours rest on is missing.")),
    (r".* – expected a number to call or text", N_("One tap away needs a number to call or text.")),
    (
        r".* – expected confidence \"high\".*",
        N_("One tap away needs a number that we are sure of, or a word of caution in every language."),
    ),
    (r".* – expected a service that is known to take messages", N_("It is not known that this number takes messages.")),
    (
        r".* – expected contact\..*\.caution in every locale",
        N_("A word of caution is missing in one of the languages."),
    ),
    (
        r"(?P<one>.*) – expected (?P<two>\w+), because channel is .*",
        N_("With this way to reach it, the field for it must be filled in."),
    ),
    (r"(?P<one>.*) – expected not the path of .*", N_("Another page has the address %(one)s already.")),
    (r"missing – expected a flow with the role (?P<two>.*)", N_("A page with the part %(two)s is missing.")),
    (r".* – expected not the role of (?P<two>.*)", N_("The page %(two)s has this part already.")),
    (
        r".* – expected the path \"\", as it is the entrance",
        N_("The entrance has no address of its own: leave it empty."),
    ),
    (r"(?P<one>.*) – expected an id of its own", N_("The short name %(one)s is used twice.")),
    (r"(?P<one>.*) – expected each (?:value|step|id) once.*", N_("The same stands here twice.")),
    (r".* – expected (?:one or more days.*|one answer or more|two answers or more)", N_("Too few are chosen.")),
    (r"(?P<one>.*) – expected (?:a text|some text)", N_("A text must stand here.")),
    (
        r"(?P<one>.*) – expected a number to dial.*",
        N_("%(one)s is no number to dial: digits, perhaps with a + before them."),
    ),
    (
        r"(?P<one>.*) – expected an address that starts .*",
        N_("%(one)s is no address that starts with https:// or http://."),
    ),
    (r"(?P<one>.*) – expected an e-mail address", N_("%(one)s is no e-mail address.")),
    (r"(?P<one>.*) – expected a time as HH:MM.*", N_("%(one)s is no time. Write it as 08:00.")),
    (r".* – expected from and to to differ", N_("From and to must differ.")),
    (r"(?P<one>.*) – expected small letters, digits .*", N_("%(one)s: use small letters, digits and hyphens only.")),
    (
        r"(?P<one>.*) – expected letters, digits and single hyphens",
        N_("%(one)s: use letters, digits and hyphens only."),
    ),
    (r"(?P<one>.*) – expected a language tag .*", N_("%(one)s is no language tag.")),
    (r"(?P<one>.*) – expected a currency code .*", N_("%(one)s is no currency code.")),
    (r"(?P<one>.*) – expected a time zone .*", N_("%(one)s is no time zone.")),
    (r".* – expected a whole number.*", N_("A whole number must stand here.")),
    (r".* – expected at least one", N_("At least one must stand here.")),
    (r".* – expected fewer", N_("These are too many.")),
    (
        r".* – expected exactly one of link, topic and flow",
        N_("Fill in exactly one: a page, a topic or a page at the door."),
    ),
    (r".* – expected good to be one of the answers", N_("The safe answer must be one of the answers.")),
    (r"said nowhere – .*", N_("No topic and no rule uses this source.")),
    (r"only in (?P<one>.*) – expected a topic that covers it", N_("No topic tells of this source yet.")),
    (r"no emergency number – .*", N_("No emergency number is one tap away.")),
    (r"none – expected a named local reviewer", N_("Nobody from the region has reviewed it.")),
    (
        r".* – expected answers that the rows before it .*",
        N_("This row is never shown: those before it take all of its answers."),
    ),
    (r".* – expected nothing, because it is the last row .*", N_("The last row of its group must fit every answer.")),
    (r"unused – expected a row that asks it", N_("No outcome asks this question.")),
    (r"unknown key – .*", N_("Nothing in the region uses this.")),
    (r"claims not checked – .*", N_("For this language nobody has listed the claims that must not be made.")),
)
SENTENCES: Mapping[re.Pattern[str], str] = {
    re.compile(pattern, re.DOTALL): words for pattern, words in (*_OF_FILES, *_OF_WORDS)
}
OTHERWISE = N_("%(one)s – expected: %(two)s")
_LINE = re.compile(r"line (\d+)(?:, column \d+)?")
LINE = N_("line %(line)s")
MAX_PLACE = 240


def finding_words(finding: Finding, gettext: Callable[[str], str]) -> str:
    """Give what the checker says of a field as a sentence in the language of `gettext`."""
    said = f"{finding.value} – expected {finding.expected}"
    for pattern, words in SENTENCES.items():
        match = pattern.fullmatch(said)
        if match is not None:
            return gettext(words) % match.groupdict() if match.groupdict() else gettext(words)
    return gettext(OTHERWISE) % {"one": finding.value, "two": finding.expected}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the files of a region: the file, where in it, and what is wrong there."""

    file: str
    place: str
    words: str


def fault_words(problems: Iterable[Problem], gettext: Callable[[str], str]) -> list[Fault]:
    """Give what is wrong with files, in the language of `gettext`. Names of files and fields are as the files have them."""
    return [_fault(problem, gettext) for problem in problems]


def _fault(problem: Problem, gettext: Callable[[str], str]) -> Fault:
    found = Finding(None, problem.field, problem.value, problem.expected, "error", problem.file)
    line = _LINE.fullmatch(problem.field)
    place = gettext(LINE) % {"line": line[1]} if line else shorten(problem.field, MAX_PLACE)
    return Fault(shorten(problem.file, MAX_PLACE), place, finding_words(found, gettext))
