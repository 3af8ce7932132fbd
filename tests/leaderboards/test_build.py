"""The verb: scores in, a table in four forms out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bfrbench.errors import InputError, OutputError
from bfrbench.files import read_json
from bfrbench.leaderboards.board import Board
from bfrbench.leaderboards.build import build_board

FILES = ["board.csv", "board.json", "board.md", "board.tex", "index.html"]


@pytest.fixture(scope="module")
def published(publish: Callable, tmp_path_factory: pytest.TempPathFactory):
    return publish(tmp_path_factory.mktemp("published"), side=48, count=3)


def test_the_same_scores_in_any_order_give_the_same_bytes(published, tmp_path: Path) -> None:
    places = list(published.runs.values())
    build_board(places, tmp_path / "a", title="t", data=published.data)
    build_board(places[::-1], tmp_path / "b", title="t", data=published.data)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_board_reads_back_from_its_json(published, tmp_path: Path) -> None:
    board = build_board(list(published.runs.values()), tmp_path, title="t")
    assert read_json(tmp_path / "board.json", Board, "a board") == board


def test_runs_are_found_in_the_places_of_their_scores(published, tmp_path: Path) -> None:
    places = list(published.runs.values())
    build_board(places, tmp_path / "found", title="t", data=published.data)
    build_board(places, tmp_path / "given", title="t", data=published.data, runs=published.runs)
    page = (tmp_path / "found" / "index.html").read_text()
    assert page == (tmp_path / "given" / "index.html").read_text()
    # 3 pairs of LQ, HQ and three restorers, one of which failed once; and the two of the dialog
    assert page.count("<img ") == 3 * 5 - 1 + 2


def test_images_are_as_many_as_asked_for(published, tmp_path: Path) -> None:
    places = list(published.runs.values())
    for count in (0, 1, 2):
        build_board(places, tmp_path, title="t", data=published.data, images=count)
        assert (tmp_path / "index.html").read_text().count('class="strip"') == count


def test_a_page_stays_light(publish: Callable, tmp_path: Path, capsys) -> None:
    published = publish(tmp_path, side=256, count=2, broken="")
    build_board(list(published.runs.values()), tmp_path / "board", title="t", data=published.data)
    weight = (tmp_path / "board" / "index.html").stat().st_size / 1024
    with capsys.disabled():
        print(f"\nindex.html with 10 pictures of 256 px: {weight:.0f} KB")
    assert weight < 250


def test_runs_without_their_data_set_are_refused(published, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hand in the data set"):
        build_board(list(published.runs.values()), tmp_path, title="t", runs=published.runs)


def test_a_negative_number_of_images_is_refused(published, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot show -1"):
        build_board(list(published.runs.values()), tmp_path, title="t", images=-1)


def test_nothing_is_written_when_a_score_is_refused(published, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no scores\.json"):
        build_board([tmp_path], tmp_path / "out", title="t")
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_is_told(published, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="a file stands where a folder should be"):
        build_board(list(published.runs.values()), tmp_path / "out", title="t")
