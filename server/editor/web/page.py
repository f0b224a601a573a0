"""What every page of the desk shares: addresses of units, size limits, and the frame of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from server.auth.pages.rendering import render_page
from server.editor.desk import Desk
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit
from server.guidance.model.regions import LANGUAGE_TAG, REGION_ID
from server.headers import EDITOR_SECURITY

# For pages that show a preview of ours in a frame.
_POLICY = dict(EDITOR_SECURITY)["Content-Security-Policy"]
FRAMING = {"Content-Security-Policy": f"{_POLICY}; frame-src 'self'"}

OpenDesk = Callable[[], Desk]
MarkedView = TypeVar("MarkedView", bound=Callable[..., Any])

# A text of a topic, three times over (theirs, yours, before) on the page that compares them.
FORM_BYTES = 4 << 20
FORM_FIELDS = 5000


class RegionConverter(BaseConverter):
    """`<region:…>` in an address."""

    regex = REGION_ID.pattern


class LocaleConverter(BaseConverter):
    """`<locale:…>` in an address."""

    regex = LANGUAGE_TAG.pattern


class UnitConverter(BaseConverter):
    """`<unit:name>` in an address: a unit's path and key, `contacts.toml/contact:police`. See `parse_unit_address`."""

    regex = r"[^/].*?"
    part_isolating = False


def add_converters(state: BlueprintSetupState) -> None:
    """Register the converters with the application; for `Blueprint.record`."""
    state.app.url_map.converters.update(region=RegionConverter, locale=LocaleConverter, unit=UnitConverter)


def parse_unit_address(region: str, name: str) -> Unit:
    """Return the unit that an address names.

    Raises:
        BadUnit: No unit has this name; becomes the page "not found".
    """
    path, mark, key = name.partition(".toml/")
    if mark and not key:
        raise BadUnit(f"no such unit: {name[:100]!r}")
    return Unit(region, path + mark.rstrip("/"), key)


def format_unit_name(unit: Unit) -> str:
    """Return the name of a unit in an address, which `parse_unit_address` reads."""
    return f"{unit.path}/{unit.key}" if unit.key else unit.path


def unit_url(unit: Unit, endpoint: str = "desk.edit", **more: Any) -> str:
    """Return the address of a page about one unit; the parameters of every such page are `region` and `name`."""
    return url_for(endpoint, region=unit.region, name=format_unit_name(unit), **more)


def accept_up_to(max_bytes: int = FORM_BYTES) -> Callable[[MarkedView], MarkedView]:
    """Mark a view that accepts larger requests than the application's limit."""

    def mark_view(view: MarkedView) -> MarkedView:
        view.__dict__["desk_takes"] = max_bytes
        return view

    return mark_view


def raise_body_limit(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Raise the limit for marked views. As a URL value preprocessor it runs before the guard reads the form."""
    view = current_app.view_functions.get(request.endpoint or "")
    max_bytes = getattr(view, "desk_takes", None)
    if isinstance(max_bytes, int):
        request.max_content_length = max_bytes
        request.max_form_memory_size = max_bytes
        request.max_form_parts = FORM_FIELDS


def render_desk_page(
    template: str, /, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> Response:
    """Return a page of the desk, from `server/templates/editor/<template>`; see `server.auth.pages.rendering`."""
    return render_page(template, status=status, headers=headers or {}, unit_url=unit_url, **context)
