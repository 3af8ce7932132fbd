"""Downloads from a server on this machine that misbehaves as told."""

import errno
import hashlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bfrbench import files
from bfrbench.degradations.openfaces import mirror as mirrors
from bfrbench.degradations.openfaces.mirror import Mirror, NotGot, Patience, open_mirror
from bfrbench.degradations.openfaces.recipe import Source
from bfrbench.errors import OutputError

BODY = bytes(range(256)) * 1000
QUICK = Patience(attempts=4, wait=0.01, timeout=0.5, hosts_down=3)
Answer = Callable[[BaseHTTPRequestHandler, int], None]


def source_of(body: bytes, path: str = "a.jpg") -> Source:
    blob = hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
    return Source("who/what", "c0ffee", path, hashlib.sha256(body).hexdigest(), blob, len(body), 1, 1)


@dataclass
class Server:
    """What it does at each request, by its number from 0; after the last, the last again."""

    plan: list[Answer] = field(default_factory=list)
    seen: list[tuple[str, str | None, str]] = field(default_factory=list)  # path, Range, User-Agent
    address: str = ""


def send(
    body: bytes, *, status: int = 200, most: int | None = None, ranges: bool = True, **headers: str
) -> Answer:
    """Answer with a body, or its first bytes while the length promises all."""

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        asked = handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and ranges else 0
        part = body[start:]
        handler.send_response(206 if start else status)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(part)))
        handler.end_headers()
        handler.wfile.write(part[:most])

    return answer


def stall(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(BODY)))
    handler.end_headers()
    handler.wfile.write(BODY[:1000])
    handler.wfile.flush()
    time.sleep(1.0)


def hang_up(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = len(state.seen)
            state.seen.append((self.path, self.headers.get("Range"), self.headers["User-Agent"]))
            state.plan[min(number, len(state.plan) - 1)](self, number)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for them

        def handle_error(self, *_: object) -> None:
            """A client that went away is no news."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        state.address = f"http://127.0.0.1:{http.server_port}/mirror/"
        yield state
        http.shutdown()
        thread.join()


def opened(server: Server, folder: Path, patience: Patience = QUICK) -> Mirror:
    return open_mirror(server.address, folder, patience)


def test_a_file_is_fetched_once_checked_and_kept(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY)]
    mirror = opened(server, tmp_path)
    assert mirror.get(source_of(BODY)) == BODY
    assert mirror.get(source_of(BODY)) == BODY
    assert [path for path, *_ in server.seen] == ["/mirror/who/what/c0ffee/a.jpg"]
    assert "bfrbench/" in server.seen[0][2]
    assert [path.name for path in tmp_path.iterdir()] == [source_of(BODY).sha256]


def test_both_checksums_have_to_be_right() -> None:
    source = source_of(BODY)
    assert mirrors.is_it(BODY, source)
    assert not mirrors.is_it(BODY, replace(source, sha256="0" * 64))
    assert not mirrors.is_it(BODY, replace(source, git_blob="0" * 40))


def test_a_kept_file_that_rotted_is_fetched_again(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY)]
    (tmp_path / source_of(BODY).sha256).write_bytes(b"rotten")
    assert opened(server, tmp_path).get(source_of(BODY)) == BODY


def test_a_truncated_transfer_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY, most=100_000), send(BODY)]
    assert opened(server, tmp_path).get(source_of(BODY)) == BODY
    assert [asked for _, asked, _ in server.seen] == [None, "bytes=100000-"]


def test_a_server_without_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY, most=100_000), send(BODY, ranges=False)]
    assert opened(server, tmp_path).get(source_of(BODY)) == BODY


def test_an_interrupted_run_goes_on_in_the_next_one(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY, most=100_000), send(BODY)]
    with pytest.raises(NotGot):
        opened(server, tmp_path, Patience(attempts=1)).get(source_of(BODY))
    assert opened(server, tmp_path, Patience(attempts=1)).get(source_of(BODY)) == BODY
    assert server.seen[1][1] == "bytes=100000-"


def test_rubbish_left_of_another_transfer_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY)]
    for rubbish in (b"x" * 1000, b"x" * len(BODY), b"x" * (len(BODY) + 5)):
        (tmp_path / f"{source_of(BODY).sha256}.part").write_bytes(rubbish)
        (tmp_path / source_of(BODY).sha256).unlink(missing_ok=True)
        assert opened(server, tmp_path).get(source_of(BODY)) == BODY


@pytest.mark.parametrize(
    "trouble",
    [
        send(b"", status=500),
        send(b"", status=503),
        send(b"", status=429),
        send(b"", status=416),
        hang_up,
        stall,
    ],
    ids=["500", "503", "429", "416", "hang up", "stall"],
)
def test_trouble_on_the_way_is_tried_again(server: Server, tmp_path: Path, trouble: Answer) -> None:
    server.plan = [trouble, trouble, send(BODY)]
    assert opened(server, tmp_path).get(source_of(BODY)) == BODY
    assert len(server.seen) == 3


def test_the_server_s_wish_to_wait_is_heeded(server: Server, tmp_path: Path) -> None:
    server.plan = [send(b"", status=429, Retry_After="7"), send(BODY)]
    mirror = opened(server, tmp_path)
    waits: list[float] = []
    mirror.stop.wait = lambda seconds=None: waits.append(seconds) or False  # type: ignore[method-assign, assignment, func-returns-value]
    assert mirror.get(source_of(BODY)) == BODY
    assert waits == [7.0]


def test_a_file_that_is_not_there_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    server.plan = [send(b"", status=404)]
    with pytest.raises(NotGot, match="HTTP 404") as told:
        opened(server, tmp_path).get(source_of(BODY))
    assert told.value.trouble == "missing"
    assert len(server.seen) == 1


@pytest.mark.parametrize("other", [BODY[::-1], BODY + b"more"], ids=["other bytes", "longer"])
def test_another_file_under_the_name_is_told_and_not_kept(
    server: Server, tmp_path: Path, other: bytes
) -> None:
    server.plan = [send(other)]
    with pytest.raises(NotGot, match="not the file that the recipe means") as told:
        opened(server, tmp_path).get(source_of(BODY))
    assert told.value.trouble == "changed"
    assert len(server.seen) == 2
    assert not list(tmp_path.iterdir())


def test_a_shorter_file_is_never_handed_on(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY[:-1])]
    with pytest.raises(NotGot, match="broke off") as told:
        opened(server, tmp_path).get(source_of(BODY))
    assert told.value.trouble == "unreachable"


def test_a_dead_mirror_is_left_alone_after_a_few_files(server: Server, tmp_path: Path) -> None:
    server.plan = [send(b"", status=500)]
    mirror = opened(server, tmp_path, Patience(attempts=2, wait=0.01, hosts_down=3))
    troubles: Counter[str] = Counter()
    for number in range(10):
        with pytest.raises(NotGot) as told:
            mirror.get(source_of(BODY, f"{number}.jpg"))
        troubles[told.value.trouble] += 1
        body = source_of(BODY + bytes([number]))
        assert body.sha256 != source_of(BODY).sha256
    assert troubles == {"unreachable": 10}
    assert len(server.seen) == 6


def test_nobody_listening_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(NotGot, match="refused") as told:
        open_mirror("http://127.0.0.1:9", tmp_path, QUICK).get(source_of(BODY))
    assert told.value.trouble == "unreachable"


def test_stopping_ends_waits_and_keeps_what_came(server: Server, tmp_path: Path) -> None:
    server.plan = [send(BODY, most=100_000)]
    mirror = opened(server, tmp_path, Patience(attempts=4, wait=60.0))
    threading.Timer(0.2, mirror.stop.set).start()
    with pytest.raises(NotGot):
        mirror.get(source_of(BODY))
    assert (tmp_path / f"{source_of(BODY).sha256}.part").stat().st_size == 100_000


def test_a_full_disk_is_told_with_the_way_out(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan = [send(BODY)]

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Mirror, "_receive", full)
    with pytest.raises(OutputError, match="disk is full"):
        opened(server, tmp_path).get(source_of(BODY))
    assert files.disk_errors is mirrors.disk_errors
