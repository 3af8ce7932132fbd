"""Chromium, driven by tests over its debugging pipe: no other package, no port."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Browser:
    """Chromium over its debugging pipe: the DevTools protocol, one JSON message after the other."""

    process: subprocess.Popen[bytes]
    write_end: int
    read_end: int
    events: list[dict[str, Any]] = field(default_factory=list)
    session: str = ""
    prelude: tuple[tuple[str, dict[str, Any]], ...] = ()  # calls before a page is opened
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
        self,
        page: Path | str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        script: bool = True,
    ) -> None:
        """Open a page, or an address, in a fresh tab and wait until it has loaded."""
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events.clear()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        for method, parameters in self.prelude:
            self.call(method, **parameters)
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
        self.call("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; of a promise, what it comes to."""
        answer = self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            userGesture=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press and release a key; Enter and space act as such only with the text they type."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text, windowsVirtualKeyCode=code
            )

    def wait(self, expression: str, seconds: float = 30.0) -> None:
        """Wait until a JavaScript expression is true."""
        ends = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < ends, f"still not true: {expression}"
            time.sleep(0.02)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send a mouse event: mousePressed, mouseMoved, mouseReleased or mouseWheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def picture(self, file: Path, *, whole: bool = True) -> None:
        """Write a screenshot of the page as PNG."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(answer["data"]))

    def complaints(self) -> list[dict[str, Any]]:
        """Everything that the console would show in red or yellow: errors, warnings, blocked things."""
        bad = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [event for event in self.events if event["method"] in bad]

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened."""
        sent = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome, where one is installed."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium(program: str, profile: Path) -> Iterator[Browser]:
    """A headless browser with a profile of its own."""
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
            ["bash", "-c", shell, "bash", program, *flags.split(), f"--user-data-dir={profile}/data"],
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
