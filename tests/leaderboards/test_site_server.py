"""`board serve`: the site's files to this machine, and nothing else to anybody."""

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bfrbench.errors import InputError
from bfrbench.leaderboards.pages.server import HOST, site_server


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>here</title>")
    (folder / "assets/theme.js").write_text("1;")
    (tmp_path / "secret").write_text("secret")
    return folder


@pytest.fixture
def port(site: Path) -> Iterator[int]:
    with site_server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def get(port: int, path: str, host: str | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, {k.title(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_pages_and_scripts_are_given_and_never_kept(port: int) -> None:
    status, headers, body = get(port, "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"here" in body
    assert headers["Cache-Control"] == "no-store"
    assert get(port, "/assets/theme.js")[1]["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/assets/../../secret", "/..%2fsecret", "//secret"]
)
def test_nothing_outside_the_site_is_given(port: int, path: str) -> None:
    status, _, body = get(port, path)
    assert status == 404
    assert b"secret" not in body or b"<!DOCTYPE" in body
    assert body.strip() != b"secret"


def test_a_link_that_leads_out_is_not_followed_and_folders_are_not_listed(site: Path, port: int) -> None:
    (site / "out").symlink_to(site.parent / "secret")
    assert get(port, "/out")[0] == 404
    assert get(port, "/assets/")[0] == 404


def test_only_this_machine_s_names_are_answered(port: int) -> None:
    assert get(port, "/", f"localhost:{port}")[0] == 200
    assert get(port, "/", f"evil.example:{port}")[0] == 404


def test_a_port_that_is_taken_is_told_in_a_sentence(site: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(InputError, match="is taken by another program: choose another with --port"):
            site_server(site, other.getsockname()[1])


def test_ports_and_folders_that_cannot_be_are_refused(site: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no port 70000"):
        site_server(site, 70000)
    with pytest.raises(InputError, match="holds no site"):
        site_server(tmp_path / "nowhere", 0)
    if os.geteuid() != 0:
        with pytest.raises(InputError, match="cannot be used"):
            site_server(site, 80)
