"""The page in a real browser: it sorts, compares, keeps quiet and asks nobody."""

import json
import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bfrbench.leaderboards.build import build_board

NAMES = "[...document.querySelectorAll('tbody.ranked bdi.name')].map(name => name.textContent)"
SORTS = "[...document.querySelectorAll('thead th')].map(th => th.getAttribute('aria-sort'))"
OPENED = "document.getElementById('compare').open"


@dataclass
class Browser:
    """Chromium over its debugging pipe: the DevTools protocol, one JSON message after the other."""

    process: subprocess.Popen[bytes]
    write_end: int
    read_end: int
    events: list[dict[str, Any]] = field(default_factory=list)
    session: str = ""
    _count: int = 0
    _buffer: bytes = b""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._count:
            self.events.append(answer)
        assert "error" not in answer, answer
        return dict(answer["result"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self.read_end], [], [], 60)
            assert ready, "chromium did not answer for a minute"
            data = os.read(self.read_end, 1 << 20)
            assert data, "chromium ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def open(
        self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True
    ) -> None:
        """Open a page in a fresh tab and wait until it has loaded."""
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events.clear()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url=page.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press and release a key; Enter and space act as such only with the text they type."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text, windowsVirtualKeyCode=code
            )

    def complaints(self) -> list[dict[str, Any]]:
        """Everything that the console would show in red or yellow: errors, warnings, blocked things."""
        bad = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [event for event in self.events if event["method"] in bad]

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened."""
        sent = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium, where one is installed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on PATH: the page is not tried in a real browser")
    profile = tmp_path_factory.mktemp("chromium")
    read_commands, write_end = os.pipe()
    read_end, write_answers = os.pipe()
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
        "--disable-sync --no-first-run --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
    )
    # Chromium reads its commands from descriptor 3 and answers on 4.
    shell = f'exec "$@" 3<&{read_commands} 4>&{write_answers}'
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", shell, "bash", chromium, *flags.split(), f"--user-data-dir={profile}/data"],
            pass_fds=(read_commands, write_answers),
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(profile)},
        )
        os.close(read_commands)
        os.close(write_answers)
        browser = Browser(process, write_end, read_end)
        try:
            yield browser
        finally:
            os.close(write_end)  # Chromium ends when nobody can send it commands
            process.wait(30)
            os.close(read_end)


@pytest.fixture(scope="module")
def page(publish: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    published = publish(folder, side=64, count=2, broken="", stem="<img src=x onerror=boom()>")
    build_board(list(published.runs.values()), folder / "board", title="Faces", data=published.data)
    return folder / "board" / "index.html"


def test_columns_sort_best_first_and_then_the_other_way(browser, page: Path) -> None:
    browser.open(page)
    by_psnr = sorted(
        browser.run(NAMES),
        key=lambda name: float(
            browser.run(
                f"[...document.querySelectorAll('tbody.ranked tr')]"
                f".find(row => row.cells[0].textContent.includes('{name}')).cells[1].dataset.value"
            )
        ),
    )
    browser.run("document.querySelectorAll('thead button')[1].click()")
    assert browser.run(NAMES) == by_psnr[::-1]
    assert browser.run(SORTS) == ["none", "descending", "none", "none"]
    assert browser.run("document.getElementById('order').textContent") == "Sorted by PSNR (rgb), best first."
    browser.run("document.querySelectorAll('thead button')[1].click()")
    assert browser.run(NAMES) == by_psnr
    browser.run("document.querySelectorAll('thead button')[0].click()")
    assert browser.run(NAMES) == sorted(by_psnr)
    assert browser.complaints() == []


def test_headers_sort_by_keyboard_and_anchors_stay_apart(browser, page: Path) -> None:
    browser.open(page)
    browser.run("document.querySelectorAll('thead button')[3].focus()")
    browser.press("Enter", 13)
    browser.press(" ", 32)
    assert browser.run(SORTS) == ["none", "none", "none", "descending"]
    assert browser.run("document.querySelector('tbody:last-child').className") == "anchors"
    assert browser.run("document.querySelector('tbody.anchors tr').className") == "heading"


def test_an_image_opens_against_hq_and_escape_closes_it(browser, page: Path) -> None:
    browser.open(page)
    browser.run("document.querySelectorAll('button.open')[1].click()")
    assert browser.run(OPENED)
    caption = browser.run("document.querySelectorAll('button.open')[1].dataset.caption")
    sides = "['left', 'right'].map(s => document.getElementById(s + '-of').selectedOptions[0].textContent)"
    assert browser.run(sides) == [caption, "HQ"]
    assert browser.run("document.getElementById('left').src.startsWith('data:image/webp')")
    assert browser.run("document.getElementById('left').src != document.getElementById('right').src")
    browser.press("ArrowRight", 39)
    assert browser.run("document.getElementById('share').value") == "51"
    assert browser.run("document.querySelector('.split').style.getPropertyValue('--share')") == "51%"
    browser.press("Escape", 27)
    assert not browser.run(OPENED)
    assert browser.run("document.activeElement.className") == "open"  # back where one was
    assert browser.complaints() == []


def test_any_two_images_can_be_compared(browser, page: Path) -> None:
    browser.open(page)
    browser.run("document.querySelectorAll('button.open')[4].click()")
    sides = "['left', 'right'].map(s => document.getElementById(s + '-of').selectedOptions[0].textContent)"
    assert browser.run(sides) == ["LQ", "HQ"]
    browser.run(
        "{ const s = document.getElementById('right-of'); s.value = 2; s.dispatchEvent(new Event('input')) }"
    )
    third = "document.querySelectorAll('button.open img')[2].src"
    assert browser.run(f"document.getElementById('right').src === {third}")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_asked_from_anywhere_and_nothing_sticks_out(browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.run("document.querySelectorAll('button.open')[0].click()")
    asked = [url for url in browser.requests() if not url.startswith("data:")]
    assert asked == [page.resolve().as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.scripts.length") == 1
    assert browser.complaints() == []


def test_the_policy_stops_foreign_script_and_network(browser, page: Path) -> None:
    browser.open(page)
    browser.run(
        "{ const script = document.createElement('script'); script.textContent = 'window.x = 1';"
        "document.body.append(script) }"
    )
    assert browser.run("window.x") is None
    browser.run("{ document.body.append(Object.assign(new Image(), {src: 'file:///nowhere.png'})) }")
    assert len(browser.complaints()) >= 1


def test_without_script_all_is_there_and_nothing_looks_alive(browser, page: Path) -> None:
    browser.open(page, script=False)
    assert browser.run("document.querySelectorAll('button:enabled:not(#close)').length") == 0
    assert browser.run("[...document.images].filter(i => !i.id && i.naturalWidth).length") == 10
    assert "Choose an image" not in browser.run("document.body.innerText")


def test_dark_mode_is_dark(browser, page: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    browser.open(page, dark=True)
    assert max(browser.run(colour)) < 60
    browser.open(page)
    assert min(browser.run(colour)) > 200
