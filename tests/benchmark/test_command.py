"""Restorers that are a command line: what the tool gets, and every way in which it can fail."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bfrbench.benchmark.command import Command
from bfrbench.errors import InputError, RestorerFailed

IMAGES = [np.full((4, 5, 3), 10 * n, dtype=np.uint8) for n in range(1, 4)]

INVERT = """
import sys
from pathlib import Path
import cv2
lq, out = map(Path, sys.argv[1:])
for path in sorted(lq.iterdir()):
    cv2.imwrite(str(out / path.name), 255 - cv2.imread(str(path)))
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of our own, which must be empty afterwards."""
    folder = tmp_path / "temporary files"  # a blank in every path
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def tool(tmp_path: Path, code: str) -> Command:
    script = tmp_path / "tool.py"
    script.write_text(code)
    return Command(f"'{sys.executable}' '{script}' {{lq}} {{out}}")


def failure(tmp_path: Path, code: str) -> str:
    with pytest.raises(RestorerFailed) as caught:
        tool(tmp_path, code)(IMAGES)
    return str(caught.value)


def test_a_tool_restores_a_batch_in_order(tmp_path: Path) -> None:
    outputs = tool(tmp_path, INVERT)(IMAGES)
    assert all(np.array_equal(255 - i, o) for i, o in zip(IMAGES, outputs, strict=True))


def test_placeholders_may_stand_inside_words() -> None:
    code = "import sys, shutil; shutil.copytree(sys.argv[1][5:], sys.argv[2][5:], dirs_exist_ok=True)"
    outputs = Command(f'{sys.executable} -c "{code}" from={{lq}} dest={{out}}')(IMAGES)
    assert all(np.array_equal(i, o) for i, o in zip(IMAGES, outputs, strict=True))


def test_no_shell_runs(tmp_path: Path) -> None:
    with pytest.raises(RestorerFailed):
        Command(f"cp {{lq}} {{out}} ; touch {tmp_path}/touched")(IMAGES)
    assert not (tmp_path / "touched").exists()


def test_standard_input_is_closed(tmp_path: Path) -> None:
    ours, (reading, writing) = os.dup(0), os.pipe()
    os.write(writing, b"typed by the user")
    os.dup2(reading, 0)
    try:
        text = failure(tmp_path, "import sys; sys.exit(f'read: {sys.stdin.read(5)!r}')")
    finally:
        os.dup2(ours, 0)
        for descriptor in (ours, reading, writing):
            os.close(descriptor)
    assert "read: ''" in text


def test_a_failing_exit_code_tells_the_last_lines_and_no_path(tmp_path: Path, temporary: Path) -> None:
    text = failure(
        tmp_path,
        "import sys\nfor n in range(9): print('line', n, file=sys.stderr)\n"
        "print(sys.argv[1], file=sys.stderr)\nsys.exit(3)",
    )
    assert "exit code 3" in text
    assert "line 8" in text
    assert "line 1" not in text
    assert str(temporary) not in text


def test_a_killed_tool_is_named_as_such(tmp_path: Path) -> None:
    assert "signal 9" in failure(tmp_path, "import os; os.kill(os.getpid(), 9)")


def test_missing_results_are_named(tmp_path: Path) -> None:
    text = failure(
        tmp_path,
        "import sys, shutil; shutil.copy(sys.argv[1] + '/000001.png', sys.argv[2])\n"
        "print('only one', file=sys.stderr)",
    )
    assert "not there: 000000.png, 000002.png" in text
    assert "only one" in text


def test_extra_results_are_named(tmp_path: Path) -> None:
    code = (
        "import sys, shutil\nshutil.copytree(*sys.argv[1:], dirs_exist_ok=True)\n"
        "open(sys.argv[2] + '/b.txt', 'w').close()"
    )
    assert "nobody asked for: b.txt" in failure(tmp_path, code)


def test_results_that_are_no_images_are_refused(tmp_path: Path, temporary: Path) -> None:
    code = (
        "import sys, os\nfor n in os.listdir(sys.argv[1]): open(f'{sys.argv[2]}/{n}', 'w').write('no image')"
    )
    text = failure(tmp_path, code)
    assert "no image" in text
    assert "000000.png" in text
    assert str(temporary) not in text


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("cp {lq} there", r"does not say \{out\}"),
        ("cp here {out}", r"does not say \{lq\}"),
        ("no-such-tool {lq} {out}", "'no-such-tool' is not there"),
        ("cp '{lq} {out}", "cannot be split"),
        ("  ", "is empty"),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_once(template: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Command(template)


def test_its_name_is_the_command_without_folders() -> None:
    assert Command("/bin/cp -r {lq}/. {out}").name == "cp -r"
    mine = Command("/bin/cp /home/me/secret/tool.py --weights=/home/me/w.pth -i models/a {lq} {out}")
    assert mine.name == "cp tool.py --weights=w.pth -i models/a"
    assert Command("/bin/cp http://host:8000/api/x s3://b/w.pth /tmp/ {lq} {out}").name == (
        "cp http://host:8000/api/x s3://b/w.pth"
    )
