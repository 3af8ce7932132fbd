"""What `--restorer` may say, and what it says back when it is wrong."""

import pickle
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bfrbench.benchmark.command import Command
from bfrbench.benchmark.restorers import resolve
from bfrbench.errors import InputError, RestorerFailed, UnknownName

BATCH = [np.full((3, 3, 3), 7, dtype=np.uint8)]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a module into a folder on sys.path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(code))

    return write


@pytest.mark.parametrize("spec", ["lq", "tv", 'command:cp -r "{lq}/." {out}'])
def test_what_builds_a_restorer_pickles(spec: str) -> None:
    build = pickle.loads(pickle.dumps(resolve(spec)))  # noqa: S301  # our own bytes
    assert np.array_equal(build()(BATCH)[0], BATCH[0])


def test_a_command_is_looked_over_at_once() -> None:
    assert isinstance(resolve("command:cp {lq} {out}")(), Command)
    with pytest.raises(InputError, match=r"\{out\}"):
        resolve("command:cp {lq}")


def test_your_class_is_built_without_arguments(module: Callable[[str, str], None]) -> None:
    module(
        "yours_class",
        """
        class Twice:
            name = "twice"
            weights_sha256 = {"twice.pth": "ab"}
            def __call__(self, batch):
                return [2 * image for image in batch]
        """,
    )
    restorer = resolve("yours_class:Twice")()
    assert restorer.name == "twice"
    assert restorer(BATCH)[0].max() == 14


def test_your_function_is_named_by_itself(module: Callable[[str, str], None]) -> None:
    module("yours_function", "def thrice(batch):\n    return [3 * image for image in batch]\n")
    restorer = resolve("yours_function:thrice")()
    assert restorer.name == "thrice"
    assert restorer(BATCH)[0].max() == 21


def test_a_module_in_the_current_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yours_here.py").write_text("def same(batch):\n    return batch\n")
    assert resolve("yours_here:same")().name == "same"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nml", "Did you mean nlm"),
        ("richardson_lucy", "Did you mean richardson-lucy"),
        ("CodeFormer", "There are: lq, nlm, tv"),
        ("", "There are: lq, nlm, tv"),
        ("no/path.py:Class", "package.module:Class"),
    ],
)
def test_an_unknown_name_gets_the_nearest_and_the_list(spec: str, says: str) -> None:
    with pytest.raises(UnknownName, match=says):
        resolve(spec)


def test_a_missing_module_and_a_missing_dependency_are_told_apart(module: Callable[[str, str], None]) -> None:
    module("yours_needy", "import a_library_nobody_has\n")
    with pytest.raises(InputError, match=r"no module 'yours_absent'.*PYTHONPATH"):
        resolve("yours_absent.inside:Class")
    with pytest.raises(RestorerFailed, match="needs the module a_library_nobody_has"):
        resolve("yours_needy:Class")


def test_a_module_that_fails_on_import_is_a_sentence(module: Callable[[str, str], None]) -> None:
    module("yours_broken", "1 / 0\n")
    with pytest.raises(
        RestorerFailed, match=r"Importing yours_broken failed: ZeroDivisionError.*yours_broken.py:1"
    ):
        resolve("yours_broken:Class")


def test_a_missing_attribute_gets_the_nearest(module: Callable[[str, str], None]) -> None:
    module("yours_typo", "def sharpen(batch):\n    return batch\n")
    with pytest.raises(UnknownName, match="Did you mean sharpen"):
        resolve("yours_typo:sharpne")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("Thing = 3", "is a int; it should be a class"),
        ("class Thing:\n    name = 'x'", "cannot be called"),
        ("class Thing:\n    def __call__(self, batch): return batch", "has no name"),
        (
            "class Thing:\n    name = 'x'\n    weights_sha256 = 3\n    def __call__(self, batch): ...",
            "no mapping",
        ),
    ],
)
def test_what_is_no_restorer_is_refused(
    module: Callable[[str, str], None], request: pytest.FixtureRequest, code: str, says: str
) -> None:
    name = f"yours_wrong_{abs(hash(code))}"
    module(name, code)
    with pytest.raises(InputError, match=says):
        resolve(f"{name}:Thing")()
