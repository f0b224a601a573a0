"""How plain a text reads: reproducible counts over its sentences and words, each with its source."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from server.guidance.texts.citations import split_sentences

LONG_WORD = 7
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_ENDING = re.compile(r"e[sd]?$")  # silent in "rules" and "asked", spoken in "little", "waited", "pages", "agree"
_SPOKEN_ENDING = re.compile(r"(?:[aeiouy]e[sd]?|[^aeiouyl]le[sd]?|[td]ed|(?:[sxzcg]|[cs]h)es)$")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class EnglishMeasures:
    """Counts over some English paragraphs; shares are between 0 and 1."""

    sentences: int
    words: int
    longest: int
    words_per_sentence: float
    grade: float
    long_share: float


@dataclass(frozen=True, slots=True)
class ChineseMeasures:
    """Counts over some Chinese paragraphs; `rare` lists each character that is not of level 1, in code point order."""

    sentences: int
    characters: int
    longest: int
    characters_per_sentence: float
    characters_per_clause: float
    rare_share: float
    rare: str


def measure_english(paragraphs: Iterable[str]) -> EnglishMeasures:
    """Return words per sentence, school grade and the share of long words.

    Source: grade = 0.39 words/sentence + 11.8 syllables/word - 15.59 (Kincaid, Fishburne, Rogers and Chissom 1975,
    "Derivation of new readability formulas for Navy enlisted personnel"); a long word has more than six letters
    (Björnsson 1968, "Läsbarhet", the LIX measure).
    """
    lines = [_WORD.findall(line) for paragraph in paragraphs for line in split_sentences(paragraph)]
    lines = [line for line in lines if line]
    words = [word for line in lines for word in line]
    if not words:
        return EnglishMeasures(0, 0, 0, 0.0, 0.0, 0.0)
    per_sentence = len(words) / len(lines)
    grade = 0.39 * per_sentence + 11.8 * sum(map(count_syllables, words)) / len(words) - 15.59
    long = sum(len(word) >= LONG_WORD for word in words)
    return EnglishMeasures(len(lines), len(words), max(map(len, lines)), per_sentence, grade, long / len(words))


def count_syllables(word: str) -> int:
    """Return about how many syllables an English word has: its groups of vowels, without a silent e at the end."""
    word = word.lower()
    silent = _ENDING.search(word) and not _SPOKEN_ENDING.search(word)
    return max(1, len(_VOWELS.findall(word)) - (1 if silent else 0))


def measure_chinese(paragraphs: Iterable[str]) -> ChineseMeasures:
    """Return characters per sentence (up to 。！？；) and per clause (also ，), and the share of rare characters.

    Letters and digits count as characters of a sentence, marks do not. No list of the commonest characters is shipped;
    "rare" is every Chinese character outside level 1 of GB 2312-1980, its 3755 characters in common use.
    """
    text = "\n".join(paragraphs)
    lines = [count for part in re.split(r"[。！？；\n]", text) if (count := _count_characters(part))]
    clauses = [count for part in re.split(r"[。！？；，\n]", text) if (count := _count_characters(part))]
    if not lines:
        return ChineseMeasures(0, 0, 0, 0.0, 0.0, 0.0, "")
    han = _HAN.findall(text)
    rare = [one for one in han if not is_level_one(one)]
    return ChineseMeasures(
        sentences=len(lines),
        characters=sum(lines),
        longest=max(lines),
        characters_per_sentence=sum(lines) / len(lines),
        characters_per_clause=sum(clauses) / len(clauses),
        rare_share=len(rare) / len(han) if han else 0.0,
        rare="".join(sorted(set(rare))),
    )


def is_level_one(character: str) -> bool:
    """Return whether a character is of level 1. Source: GB 2312-1980, rows 16 to 55 (first byte B0 to D7 in EUC-CN)."""
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def _count_characters(text: str) -> int:
    return sum(character.isalnum() for character in text)
