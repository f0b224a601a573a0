"""The entrance, mistyped addresses, and the health check."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from server.addresses import build_path_to_root, get_requested_path
from server.errors import NotFound
from server.headers import NO_CACHE
from server.i18n import find_best_match
from server.publish.data_folder.release import Release
from server.pwa.current_release import CurrentRelease
from server.pwa.front import FAULT


def make_public_blueprint(served: CurrentRelease, home_region: str = "") -> Blueprint:
    """Return the blueprint of `/`, `/healthz`, and all addresses that the current release does not have.

    `home_region` is the region that `/` leads to, as soon as it is released.
    """
    views = Blueprint("pages", __name__)

    @views.before_app_request
    def tidy_slashes() -> BaseResponse | None:
        """Redirect to the path with single slashes; the router itself would answer with an absolute address."""
        if get_requested_path() and "//" not in request.path:
            return None
        return _redirect_below_root(quote(re.sub("/+", "/", request.path).lstrip("/")), 301)

    @views.get("/healthz")
    def health() -> Response:
        release = served.data.read_current()
        return Response(f"ok {release.digest}\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})

    @views.get("/")
    def entrance() -> BaseResponse:
        key = choose_slice(served.get_snapshot().release, home_region)
        if key is None:
            raise NotFound("choose")
        answer = _redirect_below_root(f"{key}/", 302)
        answer.vary.add("Accept-Language")
        return answer

    @views.get("/<path:path>")
    def elsewhere(path: str) -> BaseResponse:
        if (fault := request.environ.get(FAULT)) is not None:
            raise fault
        right = find_nearest_address(path, served.get_snapshot().files)
        if right is None:
            raise NotFound(path)
        return _redirect_below_root(right, 301)

    return views


def _redirect_below_root(address: str, status: int) -> BaseResponse:
    """Return a redirect to an address below the root. It must not be cached: the next release may have a page here."""
    answer = redirect(build_path_to_root() + address, status)
    answer.headers.set(*NO_CACHE)
    return answer


def choose_slice(release: Release, home_region: str = "") -> str | None:
    """Return the (region, locale) for this reader; None when their language does not choose a region.

    Everybody gets the `home_region` that the operator chose, or the only one. Otherwise a reader whose language names a
    region (`zh-CN`) gets that region.
    """
    regions = [home_region] if home_region in release.regions else list(release.regions)
    if len(regions) > 1:
        named = {language.split("-")[-1].upper() for language, _ in request.accept_languages if "-" in language}
        regions = [region for region in regions if str(release.regions[region]["iso"]).split("-")[0] in named]
    if len(regions) != 1:
        return None
    tags = [str(locale["tag"]) for locale in release.regions[regions[0]]["locales"]]
    return f"{regions[0]}/{find_best_match(request.accept_languages, tags) or tags[0]}"


def find_nearest_address(path: str, files: Iterable[str]) -> str | None:
    """Return the released address that `path` must mean: without its final slash, or in another letter case."""
    known = {address.lower(): address for address in files}
    if ".." in path.split("/"):
        return None
    clean = posixpath.normpath(path).lower()
    for candidate in (clean + "/", clean):
        if candidate in known and known[candidate] != path:
            return known[candidate]
    return None
