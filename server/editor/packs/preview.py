"""Pages as phones would show them with the drafts, made one at a time and never stored or published."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.bounded_cache import BoundedCache
from server.editor.packs.findings import Finding
from server.editor.packs.loading import UsablePack
from server.editor.units.unit import Unit
from server.guidance.model.keys import is_door_key, list_required_keys
from server.guidance.model.pack import Pack, TopicText
from server.i18n import load_translations
from server.publish.assets import Asset, load_assets
from server.publish.build import Sources
from server.publish.rendering.compile import compile_locale

ASSETS = "b/"
PACKS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Preview:
    """One language of a region with drafts. `left_out` are drafts that cannot be read yet; `findings` tell why."""

    pack: Pack
    locale: str
    left_out: tuple[Unit, ...]
    findings: tuple[Finding, ...]
    _assets: dict[str, Asset] = field(repr=False)
    _sources: Sources = field(repr=False)

    def render_file(self, address: str) -> tuple[bytes, str] | None:
        """Return a page's or asset's bytes and media type by its address below the root, `cn/en/now/` or `b/….css`.

        None when there is no such page. Links in it are relative, so it may be served below any folder.
        """
        if address.startswith(ASSETS):
            found = next((asset for asset in self._assets.values() if asset.path == address), None)
            return (found.data, found.media_type) if found else None
        compiled = compile_locale(
            self.pack,
            self.locale,
            assets=self._assets,
            translations=load_translations(self.locale, self._sources.translations),
            operator=self._sources.operator,
            only=(address,),
        )
        file = compiled.slice.files.get(address)
        return compiled.bodies[file.sha256] if file else None


class Previews:
    """Make previews; the assets are read once, and each pack is filled with placeholders once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._assets = BoundedCache(1)
        self._filled = BoundedCache(PACKS_KEPT)

    def make_locale_preview(self, usable: UsablePack, locale: str) -> Preview | None:
        """Return the preview of a pack in one of its languages, None when it does not have that one."""
        if locale not in usable.pack.locales:
            return None
        assets = self._assets.get("", lambda: load_assets(self._sources.static))
        pack = self._filled.get(id(usable.pack), lambda: (usable.pack, fill_in_placeholders(usable.pack)))[1]
        return Preview(pack, locale, usable.left_out, usable.findings, assets, self._sources)


def fill_in_placeholders(pack: Pack) -> Pack:
    """Return the pack with a mark such as `[contact.police.name]` for every text that is not written yet.

    A person who adds an entry sees at once where it will appear; without a mark its page could not be made at all.
    """
    required = list_required_keys(pack)
    strings: dict[str, dict[str, str]] = {}
    topics: dict[str, dict[str, TopicText]] = {}
    for tag, locale in pack.locales.items():
        # Texts that a partial language lacks come from another language, but for those that are read at the door.
        keys = [key for key in required if is_door_key(key) or not locale.partial]
        strings[tag] = {key: f"[{key}]" for key in keys} | dict(pack.strings[tag])
        marks = {} if locale.partial else {topic: _make_placeholder(topic) for topic in pack.topics}
        topics[tag] = marks | dict(pack.topic_texts[tag])
    return pack.model_copy(update={"strings": strings, "topic_texts": topics})


def _make_placeholder(topic: str) -> TopicText:
    mark = f"[{topic}]"
    return TopicText(title=mark, summary=mark, do=(mark,), never=(mark,), body=mark, raw=mark)
