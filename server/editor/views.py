"""The desk's pages about guidance: one blueprint, `desk`, to which each views_*.py adds its addresses.

A module has one function `add_…_views(views, desk)`, named in PARTS. `desk()` gives the Desk, inside a request only. Every view
is marked with `needs(...)`; those that are sent long texts or files also with `takes(max_bytes)` of web.py. Pages are made with
`show` of web.py. Pages about one unit are called by `region` and `name` (`<region:region>/…/<unit:name>`), so that
`unit_url(unit, "desk.history")` leads to them; `has_page` says whether there is one.

| address below /editor/ | endpoint | module |
|---|---|---|
| `` | desk.home | views_home |
| `<region>/` | desk.region | views_lists |
| `<region>/<list>/` such as `topics`, `contacts` | desk.listing | views_lists |
| `<region>/edit/<unit>` | desk.edit | views_edit |
| `<region>/translate/<locale>/` | desk.translate | views_translate |
| `preview/<state>/<address of the page>` | desk.preview | views_preview |
| `<region>/history/<unit>` | desk.history | views_history |
| `reviews/` | desk.reviews | views_review |
| `publish/` | desk.publish | views_publish |
| `releases/` | desk.releases | views_releases |
| `recalls/` | desk.recalls | views_recall |
| `reminders/` | desk.reminders | views_reminders |
| `<region>/exchange/` (zip and PO) | desk.exchange | views_exchange |
| `<region>/languages/new` | desk.new_locale | views_new |
| `regions/new` | desk.new_region | views_new |
| `upgrades/` | desk.upgrades | views_upgrades |
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from server.editor.views_conflict import add_conflict_views
from server.editor.views_edit import add_edit_views
from server.editor.views_exchange import add_exchange_views
from server.editor.views_history import add_history_views
from server.editor.views_home import add_home_views
from server.editor.views_lists import add_list_views
from server.editor.views_new import add_new_views
from server.editor.views_preview import add_preview_views
from server.editor.views_publish import add_publish_views
from server.editor.views_recall import add_recall_views
from server.editor.views_releases import add_release_views
from server.editor.views_reminders import add_reminder_views
from server.editor.views_review import add_review_views
from server.editor.views_translate import add_translate_views
from server.editor.views_upgrades import add_upgrade_views
from server.editor.web import OpenDesk, add_converters, let_through

PARTS: tuple[Callable[[Blueprint, OpenDesk], None], ...] = (
    add_home_views,
    add_list_views,
    add_edit_views,
    add_conflict_views,
    add_translate_views,
    add_preview_views,
    add_review_views,
    add_publish_views,
    add_release_views,
    add_recall_views,
    add_history_views,
    add_reminder_views,
    add_upgrade_views,
    add_new_views,
    add_exchange_views,
)


def editor_views(desk: OpenDesk) -> Blueprint:
    """Everything below /editor/ that is about guidance."""
    views = Blueprint("desk", __name__, url_prefix="/editor")
    views.record(add_converters)
    views.url_value_preprocessor(let_through)
    for add in PARTS:
        add(views, desk)
    return views
