"""What released files are compared with: trivial Flask views on the same kind of server, in a process of their own."""

from __future__ import annotations

import logging
import sys
from typing import Any

from flask import Flask, Response
from waitress.server import create_server

from server.serve import THREADS


def main(sizes: list[int]) -> None:
    """Serve `/<size>`, a ready body of that size, and `/unchanged`, a bare 304; print the port."""
    logging.getLogger("waitress").setLevel(logging.ERROR)  # as server/serve.py does
    app = Flask(__name__)
    bodies = {size: b"x" * size for size in sizes}

    @app.get("/<int:size>")
    def body(size: int) -> bytes:
        return bodies[size]

    @app.get("/unchanged")
    def unchanged() -> Response:
        return Response(status=304)

    server: Any = create_server(
        app, host="127.0.0.1", port=0, threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
    )
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
