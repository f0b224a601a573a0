"""Pick lists: people choose another entry of the region by its name, and the file gets its id."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict

from server.editor.forms.fields import FieldSpec, find_sent_spec
from server.editor.wording.field_words import find_choice_label
from server.editor.wording.names import OF_MAPPING, name_entry, shorten_text
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import GetText

# A list no longer than this is read whole; in a longer one people search.
READ_WHOLE = 12


class Picks:
    """The pick lists of one region, in the language of an editor."""

    def __init__(self, pack: Pack | None, locale: str, gettext: GetText) -> None:
        self._pack = pack
        self._locale = locale
        self._gettext = gettext
        self._labels: dict[str, Mapping[str, str]] = {}

    def list_labels(self, refers: str) -> Mapping[str, str]:
        """Return the name of each entry by its id, in the order of the pack; no two names are alike."""
        if refers not in self._labels:
            ids = list(getattr(self._pack, refers)) if self._pack is not None and refers else []
            names = {one: self._build_label(refers, one) for one in ids}
            often = Counter(map(_simplify_text, names.values()))
            self._labels[refers] = {
                one: name if name and often[_simplify_text(name)] == 1 else f"{name} ({one})".strip()
                for one, name in names.items()
            }
        return self._labels[refers]

    def list_options(self, spec: FieldSpec) -> Mapping[str, str]:
        """Return what a field accepts, with its names: the words of the field itself first."""
        own = {one: self._gettext(find_choice_label(spec.name, one)) for one in spec.also}
        return own | dict(self.list_labels(spec.refers))

    def find_label(self, spec: FieldSpec, one: str) -> str:
        """Return the name of what a field holds; the value itself when there is no such entry."""
        return self.list_options(spec).get(one, one)

    def is_search_needed(self, spec: FieldSpec) -> bool:
        """Return whether the list is too long to be read whole."""
        return len(self.list_labels(spec.refers)) > READ_WHOLE

    def resolve_name(self, spec: FieldSpec, typed: str) -> str:
        """Return the id of what somebody typed or chose: a name, or an id; anything else unchanged."""
        options, wanted = self.list_options(spec), _simplify_text(typed)
        if typed.strip() in options or not wanted:
            return typed
        found = [one for one, label in options.items() if wanted in (_simplify_text(label), one.casefold())]
        return found[0] if len(found) == 1 else typed

    def resolve_sent_names(self, sent: MultiDict[str, str], specs: Sequence[FieldSpec]) -> MultiDict[str, str]:
        """Return what a form sent, with ids in place of the names that people chose."""
        return MultiDict(
            [
                (key, self.resolve_name(spec, value) if (spec := find_reference_spec(key, specs)) else value)
                for key, value in sent.items(multi=True)
            ]
        )

    def _build_label(self, refers: str, one: str) -> str:
        assert self._pack is not None
        name = name_entry(self._pack, OF_MAPPING[refers], one, self._locale)
        if refers != "sources":
            return name
        # One law is the source of many rules: its article tells them apart.
        cites = self._pack.sources[one].cites
        cite = next((cite for cite in cites if cite.lang == self._locale), cites[0])
        return shorten_text(f"{cite.title} {cite.article}" if cite.article else cite.title)


def find_reference_spec(key: str, specs: Sequence[FieldSpec]) -> FieldSpec | None:
    """Return the field that a name in a form belongs to, if it takes the id of another entry."""
    spec = find_sent_spec(key, specs)
    return spec if spec is not None and spec.refers else None


def _simplify_text(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
