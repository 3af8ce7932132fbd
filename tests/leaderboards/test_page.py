"""The page: self-contained, escaped, with everything in it that the board knows."""

import base64
import hashlib
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.gallery import Gallery, Strip, Tile
from bfrbench.leaderboards.page import html_page
from bfrbench.types import Entry, Score

EntryOf = Callable[..., Entry]
ScoreOf = Callable[..., Score]
ATTACK = """<script>alert("1")</script>'"><img src=x onerror=alert(2)>"""
PIXEL = "data:image/webp;base64,UklGRg=="


class Elements(HTMLParser):
    """All elements of a page with their attributes, and its text without style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._raw = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw and data.strip():
            self.texts.append(" ".join(data.split()))

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def board(entry_of: EntryOf, score_of: ScoreOf) -> Board:
    fid = score_of("fid/clean", None, state="weights_unavailable", reason="inception.pt is not here")

    def entry(name: str, psnr: float, lpips: float, **changes: object) -> Entry:
        scores = {
            "psnr/rgb": score_of("psnr/rgb", psnr, spread=0.5),
            "lpips/alex": lpips,
            "fid/clean": fid,
        }
        return entry_of(name, scores, **changes)

    return make_board(
        [
            entry("gfpgan", 24.0, 0.2),
            entry("codeformer", 23.0, 0.3),
            entry("crashes", 26.0, 0.1, states={"ok": 47, "restorer_error": 3}),
            entry("lq", 22.0, 0.4),
            entry("hq", math.inf, 0.0),
        ],
        title="Faces",
    )


def gallery_of(*tiles: Tile) -> Gallery:
    return Gallery((Strip("00001", tiles),), 9, "gfpgan-release@1", "FFHQ", "CC BY-NC-SA 4.0", ())


def test_values_intervals_states_and_reasons_are_all_there(board: Board) -> None:
    texts = Elements(html_page(board)).texts
    for text in ("24.00", "[23.50, 24.50]", "∞", "94 % (3 restorer_error)", "the input itself"):
        assert text in texts
    assert "fid/clean: not computed: inception.pt is not here" in texts
    assert board.dataset_sha256 in texts
    assert all(row.entry.run_sha256 in texts for row in board.rows)
    assert board.rows[0].entry.judge_weights_sha256["lpips-alex"] in texts


def test_best_and_second_are_marked_for_eyes_and_ears(board: Board) -> None:
    page = Elements(html_page(board))
    classes = [cell["class"] for cell in page.attributes("td")]
    assert classes[:4] == ["number best", "number best", "number second", "number second"]
    assert set(classes[4:]) == {"number"}
    assert page.texts.count("(best)") == page.texts.count("(second)") == 2


def test_headers_tell_how_the_table_is_sorted(board: Board) -> None:
    headers = [th for th in Elements(html_page(board)).attributes("th") if th.get("scope") == "col"]
    assert [th["aria-sort"] for th in headers] == ["none", "none", "ascending"]


def test_the_page_names_no_address_and_loads_nothing(board: Board) -> None:
    page = html_page(board, gallery_of(Tile("lq", "LQ", PIXEL, "", ()), Tile("hq", "HQ", PIXEL, "", ())))
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"^\s*//.*$", "", page, flags=re.M))
    assert "@import" not in page
    assert "url(" not in page
    for tag, attributes in Elements(page).elements:
        assert (attributes.get("src") or "data:").startswith("data:"), tag
        assert attributes.get("href", "data:,") in ("data:,", "#provenance"), tag


def test_the_policy_allows_this_style_and_script_and_nothing_else(board: Board) -> None:
    page = html_page(board)
    metas = Elements(page).attributes("meta")
    policy = next(str(meta["content"]) for meta in metas if meta.get("http-equiv"))
    assert "default-src 'none'; img-src data:;" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert " style=" not in page
    assert " onclick=" not in page


def test_texts_from_entries_stay_texts(entry_of: EntryOf, score_of: ScoreOf) -> None:
    bad = score_of(f"psnr/{ATTACK}", None, reason=ATTACK, state="metric_error")
    entry = entry_of(
        ATTACK,
        {"own/" + ATTACK: 1.0, f"psnr/{ATTACK}": bad},
        protocol=ATTACK,
        dataset=ATTACK,
        run_sha256=ATTACK,
        judge_weights_sha256={ATTACK: ATTACK},
        cost={ATTACK: 1.0},
    )
    tiles = (Tile("restored", ATTACK, PIXEL, "", ((ATTACK, ATTACK),)), Tile("restored", "a", "", ATTACK, ()))
    gallery = Gallery((Strip(ATTACK, tiles),), 1, ATTACK, ATTACK, ATTACK, (ATTACK,))
    page = Elements(html_page(make_board([entry], title=ATTACK), gallery))
    assert len(page.attributes("script")) == 1
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert len(page.attributes("img")) == 3  # the tile's, and the two of the dialog
    assert sum(ATTACK in text for text in page.texts) > 10


def test_a_picture_that_is_missing_is_told_in_words(board: Board) -> None:
    page = Elements(html_page(board, gallery_of(Tile("restored", "gfpgan", "", "no_face: none found", ()))))
    assert "no_face: none found" in page.texts


def test_every_picture_has_a_text_and_every_region_a_name(board: Board) -> None:
    page = Elements(html_page(board, gallery_of(Tile("lq", "LQ", PIXEL, "", (("PSNR", "21.00"),)))))
    pictures = [img for img in page.attributes("img") if "id" not in img]  # not the dialog's empty ones
    assert [img["alt"] for img in pictures] == ["00001, LQ"]
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a} <= ids
    assert "Faces: FFHQ (CC BY-NC-SA 4.0)." in " ".join(page.texts)


def test_without_images_there_is_no_gallery_and_no_dialog(board: Board) -> None:
    page = Elements(html_page(board))
    assert not page.attributes("dialog")
    assert not page.attributes("img")


def test_a_board_without_any_value_is_still_a_page(entry_of: EntryOf, score_of: ScoreOf) -> None:
    nothing = score_of("niqe/matlab", None, state="metric_error", reason="images too small")
    page = Elements(html_page(make_board([entry_of("a", {"niqe/matlab": nothing})], title="t")))
    assert "niqe/matlab: not computed: images too small" in page.texts
    assert not page.attributes("td")


def test_a_gap_shows_its_state_and_a_part_its_count(entry_of: EntryOf, score_of: ScoreOf) -> None:
    gap = score_of("niqe/matlab", None, state="metric_error")
    part = score_of("niqe/matlab", 5.0, n=40)
    entries = [entry_of("a", {"niqe/matlab": gap}), entry_of("b", {"niqe/matlab": part}), entry_of("c", {})]
    texts = Elements(html_page(make_board(entries, title="t"))).texts
    assert "metric_error" in texts
    assert "40 of 50 images" in texts
    assert "not scored" in texts
