"""The page in a real browser: it sorts, compares, keeps quiet and asks nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bfrbench.leaderboards.build import build_board

NAMES = "[...document.querySelectorAll('tbody.ranked bdi.name')].map(name => name.textContent)"
SORTS = "[...document.querySelectorAll('thead th')].map(th => th.getAttribute('aria-sort'))"
OPENED = "document.getElementById('compare').open"


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
