"""Pages as phones would show them with the drafts laid on, made one at a time and never stored or published."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.editor.packs.findings import Finding
from server.editor.packs.loading import Usable
from server.editor.units.unit import Unit
from server.guidance.keys import is_door_key, required_keys
from server.guidance.model import Pack, TopicText
from server.i18n import translations_for
from server.publish.assets import Asset, load_assets
from server.publish.build import Sources
from server.publish.compile import compile_locale
from server.recent import Recent

ASSETS = "b/"
PACKS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Preview:
    """One language of a region with drafts. `left_out` are drafts that cannot be read yet; `findings` say why."""

    pack: Pack
    locale: str
    left_out: tuple[Unit, ...]
    findings: tuple[Finding, ...]
    _assets: dict[str, Asset] = field(repr=False)
    _sources: Sources = field(repr=False)

    def file(self, address: str) -> tuple[bytes, str] | None:
        """Give a page's or asset's bytes and media type by its address below the root, `cn/en/now/` or `b/….css`.

        None when there is no such page. Links in it are relative, so it may be served below any folder.
        """
        if address.startswith(ASSETS):
            found = next((asset for asset in self._assets.values() if asset.path == address), None)
            return (found.data, found.media_type) if found else None
        compiled = compile_locale(
            self.pack,
            self.locale,
            assets=self._assets,
            translations=translations_for(self.locale, self._sources.translations),
            operator=self._sources.operator,
            only=(address,),
        )
        file = compiled.slice.files.get(address)
        return compiled.bodies[file.sha256] if file else None


class Previews:
    """Makes previews; the assets are read once, and each pack is filled in once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._assets = Recent(1)
        self._filled = Recent(PACKS_KEPT)

    def of(self, usable: Usable, locale: str) -> Preview | None:
        """Give the preview of a pack in one of its languages, None when it does not have that one."""
        if locale not in usable.pack.locales:
            return None
        assets = self._assets.get("", lambda: load_assets(self._sources.static))
        pack = self._filled.get(id(usable.pack), lambda: (usable.pack, with_placeholders(usable.pack)))[1]
        return Preview(pack, locale, usable.left_out, usable.findings, assets, self._sources)


def with_placeholders(pack: Pack) -> Pack:
    """Give the pack with a mark such as `[contact.police.name]` for every text that is not written yet.

    Whoever adds an entry sees at once where it will stand; without a mark its page could not be made at all.
    """
    required = required_keys(pack)
    strings: dict[str, dict[str, str]] = {}
    topics: dict[str, dict[str, TopicText]] = {}
    for tag, locale in pack.locales.items():
        # What a partial language lacks is taken from another one, but for what is read at the door.
        keys = [key for key in required if is_door_key(key) or not locale.partial]
        strings[tag] = {key: f"[{key}]" for key in keys} | dict(pack.strings[tag])
        marks = {} if locale.partial else {topic: _placeholder(topic) for topic in pack.topics}
        topics[tag] = marks | dict(pack.topic_texts[tag])
    return pack.model_copy(update={"strings": strings, "topic_texts": topics})


def _placeholder(topic: str) -> TopicText:
    mark = f"[{topic}]"
    return TopicText(title=mark, summary=mark, do=(mark,), never=(mark,), body=mark, raw=mark)
