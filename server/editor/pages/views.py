"""The desk's pages about guidance: one blueprint, `desk`, to which each module of pages/ and unit_pages/ adds its views.

A module has one function `add_…_views(views, desk)`, named in PARTS. `desk()` gives the Desk, inside a request only. Every view
is marked with `needs(...)`; those that are sent long texts or files also with `accept_up_to(max_bytes)` of web/page.py. Pages are made with
`render_desk_page` of web/page.py. Pages about one unit are called by `region` and `name` (`<region:region>/…/<unit:name>`), so that
`unit_url(unit, "desk.history")` leads to them.

| address below /editor/ | endpoint | module |
|---|---|---|
| `` | desk.home | home |
| `<region>/` | desk.region | lists |
| `<region>/<list>/` such as `topics`, `contacts` | desk.listing | lists |
| `<region>/edit/<unit>` | desk.edit | unit_pages.edit |
| `<region>/translate/<locale>/` | desk.translate | unit_pages.translate |
| `preview/<state>/<address of the page>` | desk.preview | unit_pages.preview |
| `<region>/history/<unit>` | desk.history | unit_pages.history |
| `reviews/` | desk.reviews | review |
| `publish/` | desk.publish | publish |
| `releases/` | desk.releases | releases |
| `recalls/` | desk.recalls | recall |
| `reminders/` | desk.reminders | reminders |
| `<region>/exchange/` (zip and PO) | desk.exchange | exchange |
| `<region>/languages/new` | desk.new_locale | new |
| `regions/new` | desk.new_region | new |
| `<region>/translate/<locale>/beside/` | desk.beside | unit_pages.beside |
| `search/` | desk.search | search |
| `<region>/order/<kind>/` | desk.order | ordering |
| `<region>/remove-whole` | desk.remove_region | removal |
| `<region>/languages/<locale>/remove` | desk.remove_locale | removal |
| `upgrades/` | desk.upgrades | upgrades |
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from server.editor.pages.exchange import add_exchange_views
from server.editor.pages.home import add_home_views
from server.editor.pages.lists import add_list_views
from server.editor.pages.new import add_new_views
from server.editor.pages.ordering import add_order_views
from server.editor.pages.publish import add_publish_views
from server.editor.pages.recall import add_recall_views
from server.editor.pages.releases import add_release_views
from server.editor.pages.reminders import add_reminder_views
from server.editor.pages.removal import add_removal_views
from server.editor.pages.review import add_review_views
from server.editor.pages.search import add_search_views
from server.editor.pages.upgrades import add_upgrade_views
from server.editor.unit_pages.beside import add_beside_views
from server.editor.unit_pages.conflict import add_conflict_views
from server.editor.unit_pages.edit import add_edit_views
from server.editor.unit_pages.history import add_history_views
from server.editor.unit_pages.preview import add_preview_views
from server.editor.unit_pages.translate import add_translate_views
from server.editor.web.page import OpenDesk, add_converters, raise_body_limit

PARTS: tuple[Callable[[Blueprint, OpenDesk], None], ...] = (
    add_home_views,
    add_list_views,
    add_edit_views,
    add_conflict_views,
    add_translate_views,
    add_beside_views,
    add_search_views,
    add_preview_views,
    add_review_views,
    add_publish_views,
    add_release_views,
    add_recall_views,
    add_history_views,
    add_reminder_views,
    add_upgrade_views,
    add_new_views,
    add_order_views,
    add_removal_views,
    add_exchange_views,
)


def make_editor_blueprint(desk: OpenDesk) -> Blueprint:
    """Return the blueprint with everything below /editor/ that is about guidance."""
    views = Blueprint("desk", __name__, url_prefix="/editor")
    views.record(add_converters)
    views.url_value_preprocessor(raise_body_limit)
    for add in PARTS:
        add(views, desk)
    return views
