"""A site looked at locally: a server on this machine alone, which gives the site's files and nothing else."""

import errno
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from bfrbench.errors import InputError

HOST: Final = "127.0.0.1"
_KINDS: Final = {
    "": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webp": "image/webp",
}


class _Handler(SimpleHTTPRequestHandler):
    """Files under one folder: no listings, no links that lead out, nothing kept by the browser."""

    extensions_map = _KINDS

    def send_head(self) -> Any:
        """Refuse other hosts' names (a page elsewhere could name this one) and whatever lies outside."""
        name = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        inside = Path(self.translate_path(self.path)).resolve().is_relative_to(Path(self.directory).resolve())
        if name not in (HOST, "localhost") or not inside:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002
        """A folder without index.html is not shown."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Send what belongs to every answer."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the terminal is the user's."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file; a reader who has gone is no error."""
        try:
            super().copyfile(source, outputfile)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


def site_server(site: Path, port: int) -> ThreadingHTTPServer:
    """A server of the site at http://127.0.0.1:port/, yet to be run; port 0 takes a free one.

    Raises InputError when there is no site, or the port cannot be had.
    """
    if not (site / "index.html").is_file():
        raise InputError(f"{site} holds no site; make one with `bfrbench board site --out {site}`.")
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(site)))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} is taken by another program: choose another with --port."
            ) from error
        raise InputError(
            f"Port {port} cannot be used: {error.strerror}. Choose another with --port."
        ) from error
    except OverflowError as error:
        raise InputError(f"There is no port {port}: ports are 1 to 65535.") from error
