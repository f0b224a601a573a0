"""The production server: waitress, one process with threads, as `doorwise run` starts it."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask

from server.app import create_app
from server.auth.gate import LazyGate
from server.config import Config
from server.errors import UsageError
from server.headers import NO_STORE, SECURITY
from server.proxies import ForwardedHeaders
from server.store.protocol import Store
from server.uploads import MOST_DESK_BYTES, Parser

THREADS = 8
# A browser leaves its connections open for two minutes; waitress's own limit of 100 would keep the next phones waiting.
CONNECTIONS = 800


class _LateApplication:
    """A placeholder for the application until the port is known: passkeys belong to an origin, which includes the port."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


def serve(config: Config, *, ready: Callable[[str, LazyGate], None], store: Callable[[], Store] | None = None) -> None:
    """Serve until interrupted; `ready` is called with the address and the desk's gate once requests are answered.

    Without `store` the desk opens its own, at its first request.

    Raises:
        UsageError: The port is taken or may not be used.
    """
    _configure_log()
    late = _LateApplication()
    try:
        server: Any = create_server(
            ForwardedHeaders(late, config.trusted_networks),
            host=config.host,
            port=config.port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            max_request_body_size=MOST_DESK_BYTES,
            ident=None,
            url_prefix=config.url_prefix,
            clear_untrusted_proxy_headers=False,  # ForwardedHeaders does
        )
    except (OSError, ValueError) as error:
        raise UsageError(_explain_failure(error, config)) from error
    listening = [part for part in getattr(server, "map", {}).values() if isinstance(part, BaseWSGIServer)]
    for part in listening or [server]:
        part.channel_class = _HttpChannel
    host = "localhost" if config.host in ("127.0.0.1", "::1", "0.0.0.0") else config.host  # noqa: S104 - a comparison
    # A host name may stand for several addresses; waitress then listens on each and lists them.
    port = server.effective_listen[0][1] if hasattr(server, "effective_listen") else server.effective_port
    try:
        late.app = create_app(replace(config, port=int(port)), store=store)
        ready(
            f"http://{f'[{host}]' if ':' in host else host}:{port}{config.url_prefix}",
            late.app.extensions["doorwise-gate"],
        )
        server.run()
    finally:
        server.close()


def _configure_log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress").setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_hide_addresses)


def _hide_addresses(record: logging.LogRecord) -> bool:
    """Return True after removing waitress's words, which name the reader's IP address or the page."""
    if record.name.startswith("waitress"):
        record.msg, record.args = "a connection failed", ()
    return True


class _ErrorTask(ErrorTask):
    """Answers of waitress itself (to a malformed or too large request), with the same headers as every answer."""

    def execute(self) -> None:
        self.response_headers = [*self.response_headers, *SECURITY, NO_STORE]
        super().execute()


class _HttpChannel(HTTPChannel):
    error_task_class = _ErrorTask
    parser_class = Parser


def _explain_failure(error: OSError | ValueError, config: Config) -> str:
    if isinstance(error, ValueError):  # Waitress cannot resolve the name.
        return f"cannot listen on {config.host} port {config.port}: no such address"
    if error.errno == errno.EADDRINUSE:
        return f"port {config.port} on {config.host} is in use; end what uses it, or choose another with --port"
    return f"cannot listen on {config.host} port {config.port}: {error.strerror or error}"
