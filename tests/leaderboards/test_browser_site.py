"""The site in a real browser, from disk and served: it sorts, finds, compares, zooms, and asks nobody."""

import importlib.util
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bfrbench.degradations.dataset import open_dataset
from bfrbench.leaderboards.pages.frame import slug
from bfrbench.leaderboards.pages.server import HOST, site_server
from bfrbench.leaderboards.pages.site import build_site
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import number_text
from bfrbench.leaderboards.reported import reported_tables
from bfrbench.leaderboards.spread import causes

BOARD = "boards/three-faces-128"
PAGES = {
    "home": "index.html",
    "board": f"{BOARD}/index.html",
    "level": f"{BOARD}/level-3.html",
    "compare": f"{BOARD}/compare.html",
    "images": f"{BOARD}/images.html",
    "methods": "methods.html",
    "method": "methods/unsharp.html",
    "metrics": "metrics.html",
    "protocols": "protocols.html",
    "papers": "papers.html",
    "paper": "papers/pmrf-celeba-test.html",
    "reading": "reading.html",
}
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
NAMES = "[...document.querySelectorAll('tbody.ranked tr:not([hidden]) .name bdi')].map(n => n.textContent)"
LISTED = "[...document.querySelectorAll('#list [role=option] bdi')].map(n => n.textContent)"
READY = "document.querySelectorAll('#list [role=option]').length > 0"
SHOWN = "document.getElementById('name').textContent"
MOVED = "[...document.querySelectorAll('.stage img:not([hidden])')].map(i => i.style.transform)"


@pytest.fixture(scope="module")
def published(board_read: Published) -> Published:
    return board_read


@pytest.fixture(scope="module")
def site(published: Published, scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    tables = reported_tables()
    build_site(
        [published],
        folder,
        reported=tuple(tables.values()),
        causes=tuple(causes(tables)),
        images={published.definition.id: open_dataset(scored / "data")},
        runs={published.definition.id: {run.name: run for run in (scored / "runs").iterdir()}},
    )
    return folder


@pytest.fixture
def images(browser: Any, site: Path) -> Any:
    """The browser, with the page of images open and ready."""
    browser.open(site / PAGES["images"])
    browser.wait(READY)
    return browser


def choose(browser: Any, id_: str, value: str) -> None:
    tell(browser, id_, value, "change")


def tell(browser: Any, id_: str, value: str, event: str) -> None:
    """Give a control a value, as its reader would."""
    part = f"document.getElementById({id_!r})"
    browser.run(f"{part}.value = {value!r}; {part}.dispatchEvent(new Event({event!r}))")


def middle(browser: Any, selector: str) -> tuple[float, float, float]:
    """Centre and width of the first element, in px of the viewport."""
    box = browser.run(
        f"(() => {{ const e = document.querySelector({selector!r});"
        " e.scrollIntoView({block: 'center', behavior: 'instant'});"
        " const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()"
    )
    return box[0] + box[2] / 2, box[1] + box[3] / 2, box[2]


LOOKS: tuple[dict[str, Any], ...] = ({}, {"dark": True}, {"width": 390, "height": 844})


def look_at(browser: Any, site: Path, kind: str, look: dict[str, Any]) -> None:
    browser.open(site / PAGES[kind], **look)
    if kind == "images":
        browser.wait(READY)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_quiet_asks_nobody_and_bars_nobody(browser, site: Path, kind: str) -> None:
    for look in LOOKS:
        look_at(browser, site, kind, look)
        asked = [url for url in browser.requests() if not url.startswith("data:")]
        assert all(url.startswith(site.resolve().as_uri()) for url in asked), asked
        assert browser.run("document.documentElement.scrollWidth") <= look.get("width", 1280)
        assert browser.complaints() == []
        assert browser.run(AUDIT) == [], look


@pytest.mark.slow
@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing(browser, site: Path, kind: str) -> None:
    axe = importlib.util.find_spec("axe_core_python")
    if axe is None or axe.origin is None:
        pytest.skip("axe-core-python is not installed: only our own audit was made")
    script = (Path(axe.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    for look in LOOKS:
        look_at(browser, site, kind, look)
        browser.run(f"{script};0")
        found = "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 120)))"
        assert browser.run(found) == [], look


def test_the_audit_finds_what_is_wrong(browser, site: Path) -> None:
    browser.open(site / PAGES["home"])
    browser.run(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<h4 id=content>x</h4>"
        '<button></button><img src="data:,"><p class=small><input></p>\');'
        "document.querySelector('.lead').style.color = '#bbb'"
    )
    found = " ".join(browser.run(AUDIT))
    for words in (
        "the id content is there twice",
        "h2 is followed by h4",
        "no name: <button>",
        "no alt:",
        "no name: <input>",
    ):
        assert words in found
    assert "contrast" in found


def test_columns_sort_best_first_by_click_and_keyboard(browser, site: Path, published: Published) -> None:
    browser.open(site / PAGES["board"])
    column = next(c for c in published.board.columns if c.metric == "psnr/rgb")
    rows = [row for row in published.board.rows if row.ranked]
    best = [row.entry.restorer for row in sorted(rows, key=lambda row: -row.score(column).mean)]
    header = "document.querySelector('th[data-label=\"PSNR (rgb)\"]')"
    browser.run(f"{header}.querySelector('button').click()")
    assert browser.run(NAMES) == best
    assert browser.run(f"{header}.getAttribute('aria-sort')") == "descending"
    assert (
        browser.run("document.querySelectorAll('[aria-sort=ascending], [aria-sort=descending]').length") == 1
    )
    assert browser.run("document.querySelector('caption').textContent") == "Sorted by PSNR (rgb), best first."
    browser.run(f"{header}.querySelector('button').focus()")
    browser.press("Enter", 13)
    assert browser.run(NAMES) == best[::-1]
    assert browser.run("document.querySelector('tbody:last-of-type').className") == "anchors"


def test_rows_are_found_by_name_and_the_count_is_told(browser, site: Path) -> None:
    browser.open(site / PAGES["board"])
    browser.run("document.getElementById('find').focus()")
    browser.call("Input.insertText", text="UNSH")
    assert browser.run(NAMES) == ["unsharp"]
    assert browser.run("document.getElementById('found').textContent") == "1 of 4 rows"
    assert not browser.run("document.querySelector('tbody.anchors .heading').checkVisibility()")
    tell(browser, "find", "", "input")
    assert len(browser.run(NAMES)) == 2
    assert browser.run("document.getElementById('found').textContent") == ""


def test_groups_of_columns_come_and_go(browser, site: Path, published: Published) -> None:
    browser.open(site / PAGES["board"])
    headers = "[...document.querySelectorAll('thead tr:last-child th')].filter(t => t.checkVisibility())"
    seen = f"{headers}.map(t => t.dataset.group ?? '')"
    cells = "[...document.querySelector('tbody.ranked tr').cells].filter(c => c.checkVisibility()).length"
    before = browser.run(seen)
    assert {"fidelity", "identity", "cost"} <= set(before)
    browser.run("document.querySelector('input[data-group=fidelity]').click()")
    after = browser.run(seen)
    assert after == [group for group in before if group != "fidelity"]
    assert browser.run(cells) == len(after)
    browser.run("document.querySelector('input[data-group=fidelity]').click()")
    assert browser.run(seen) == before
    for what, selector in (("intervals", ".interval"), ("bars", ".bar"), ("places", ".places")):
        visible = f"document.querySelector('tbody.ranked {selector}').checkVisibility()"
        shown = browser.run(visible)
        assert shown == (what != "places")
        browser.run(f"document.querySelector('input[data-show={what}]').click()")
        assert browser.run(visible) is not shown


def test_metrics_are_found_by_words(browser, site: Path) -> None:
    browser.open(site / PAGES["metrics"])
    tell(browser, "find", "fid clean", "input")
    left = browser.run(
        "[...document.querySelectorAll('.metric')].filter(m => m.checkVisibility()).map(m => m.id)"
    )
    assert "fid-clean" in left
    assert "psnr-rgb" not in left


def test_images_stand_in_order_with_the_values_that_were_scored(images, published: Published) -> None:
    a = images.run("document.getElementById('a').value")
    metric = published.board.headline[0]
    values = published.values[a][metric].sort_values(ascending=False, kind="stable")  # LPIPS: worst first
    assert images.run("document.getElementById('metric').value") == metric
    listed = images.run(LISTED)
    assert listed == [str(name) for name in values.index][: len(listed)]
    shown = images.run("[...document.querySelectorAll('#list [role=option] span')].map(n => n.textContent)")
    assert shown == [number_text(value, 4) for value in values][: len(shown)]
    choose(images, "order", "best")
    assert images.run(LISTED)[0] == values.index[-1]
    choose(images, "order", "name")
    assert images.run(LISTED) == sorted(map(str, values.index))[: len(images.run(LISTED))]
    choose(images, "order", "ahead")
    b = images.run("document.getElementById('b').value")
    gap = (published.values[a][metric] - published.values[b][metric]).sort_values(kind="stable")
    assert images.run(LISTED)[0] == gap.index[0]


def test_every_value_of_an_image_is_in_its_table(images, published: Published) -> None:
    name = images.run(SHOWN)
    rows = images.run(
        "[...document.querySelectorAll('#numbers tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    known = published.values["unsharp"].dropna(axis="columns", how="all")
    columns = [c for c in published.board.columns if c.metric in known]
    a, b = (images.run(f"document.getElementById('{id_}').value") for id_ in "ab")
    expected = [
        [
            f"{c.label} {c.arrow}",
            *(number_text(published.values[r].loc[name, c.metric], c.digits) for r in (a, b, "lq")),
        ]
        for c in columns
    ]
    assert rows == expected


def test_severity_and_words_choose_among_images(images) -> None:
    choose(images, "level", "3")
    assert images.run("document.getElementById('found').textContent").startswith("3 of 15 images")
    assert all(name.endswith("-3") for name in images.run(LISTED))
    tell(images, "find", "astronaut", "input")
    assert images.run(LISTED) == ["astronaut-3"]


def test_images_are_walked_through_by_keyboard(images) -> None:
    listed = images.run(LISTED)
    images.run("document.getElementById('list').focus()")
    images.press("ArrowDown", 40)
    images.press("ArrowDown", 40)
    assert images.run(SHOWN) == listed[2]
    chosen = "document.getElementById(document.getElementById('list').getAttribute('aria-activedescendant'))"
    assert images.run(f"{chosen}.querySelector('bdi').textContent") == listed[2]
    assert images.run(f"{chosen}.getAttribute('aria-selected')") == "true"
    images.press("End", 35)
    assert images.run("document.getElementById('after').disabled")
    images.press("Home", 36)
    assert images.run(SHOWN) == listed[0]
    images.run("document.getElementById('after').click()")
    assert images.run(SHOWN) == listed[1]
    assert images.complaints() == []


def test_the_address_holds_what_is_looked_at(browser, images, site: Path) -> None:
    images.run("document.getElementById('after').click()")
    choose(images, "a", "bilateral")
    images.wait("document.getElementById('numbers').tHead.rows[0].cells[1].textContent === 'bilateral'")
    name, address = images.run(SHOWN), images.run("location.hash")
    browser.open(f"{(site / PAGES['images']).resolve().as_uri()}{address}")
    browser.wait(READY)
    assert browser.run(SHOWN) == name
    assert browser.run("document.getElementById('a').value") == "bilateral"
    browser.open(
        (site / PAGES["images"]).resolve().as_uri() + "#image=nobody&a=<b>&metric=x&order=y&view=z&level=9"
    )
    browser.wait(READY)
    assert browser.run(SHOWN)
    assert browser.complaints() == []


def test_worst_cases_of_a_method_lead_to_the_image(browser, site: Path) -> None:
    browser.open(site / PAGES["method"])
    link = "document.querySelector('.cases tbody a')"
    name, address = browser.run(f"{link}.textContent"), browser.run(f"{link}.href")
    browser.open(address)
    browser.wait(READY)
    assert browser.run(SHOWN) == name
    assert browser.run("document.getElementById('a').value") == "unsharp"


def test_all_pictures_zoom_and_move_together(images) -> None:
    images.wait(
        "[...document.querySelectorAll('.stage img:not([hidden])')].every(i => i.naturalWidth === 128)"
    )
    assert images.run(f"{MOVED}.length") == 4
    x, y, width = middle(images, ".stage .split")
    images.mouse("mouseWheel", x - width / 4, y, deltaX=0, deltaY=-400)
    images.wait("document.getElementById('zoom').textContent !== '100 %'")
    moved = images.run(MOVED)
    assert len(set(moved)) == 1
    assert "scale(2" in moved[0]
    images.mouse("mousePressed", x, y, button="left", clickCount=1)
    images.mouse("mouseMoved", x - 20, y, button="left", buttons=1)
    images.mouse("mouseReleased", x - 20, y, button="left")
    dragged = images.run(MOVED)
    assert len(set(dragged)) == 1
    assert dragged != moved
    images.run("document.getElementById('stage').focus()")
    images.press("ArrowLeft", 37)
    assert images.run(MOVED) != dragged
    images.press("+", 187)
    assert images.run(MOVED)[0] != dragged[0]
    images.press("0", 48)
    assert images.run(MOVED) == ["translate(0%, 0%) scale(1)"] * 4
    images.run("document.querySelector('[data-zoom=in]').click()")
    assert images.run("document.getElementById('zoom').textContent") == "150 %"


def test_what_is_under_the_pointer_stays_there_while_zooming(images) -> None:
    x, y, width = middle(images, ".stage .split")
    at = (
        "(() => { const r = document.querySelector('.stage img').getBoundingClientRect();"
        f" return [({x - width / 5} - r.left) / r.width, ({y + width / 6} - r.top) / r.height] }})()"
    )
    before = images.run(at)
    images.mouse("mouseWheel", x - width / 5, y + width / 6, deltaX=0, deltaY=-300)
    images.wait("document.getElementById('zoom').textContent !== '100 %'")
    assert images.run(at) == pytest.approx(before, abs=0.01)


def test_two_fingers_zoom(images) -> None:
    x, y, width = middle(images, ".stage .split")

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        images.call("Input.dispatchTouchEvent", type=kind, touchPoints=[] if kind == "touchEnd" else points)

    images.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    fingers("touchStart", width / 10)
    fingers("touchMove", width / 8)
    fingers("touchMove", width / 4)
    fingers("touchEnd", 0)
    assert float(images.run("document.getElementById('zoom').textContent").rstrip(" %")) > 150


def test_the_slider_moves_by_keyboard_and_by_hand(images) -> None:
    images.run("document.querySelector('input[value=slider]').click()")
    split = "document.querySelector('.stage .split')"
    assert images.run("document.querySelectorAll('.stage figure').length") == 1
    sides = "['left-of', 'right-of'].map(id => document.getElementById(id).selectedOptions[0].textContent)"
    assert images.run(sides)[1] == "HQ"
    assert images.run(f"{split}.children[0].getAttribute('src') !== {split}.children[1].getAttribute('src')")
    images.run("document.getElementById('share').focus()")
    images.press("ArrowRight", 39)
    assert images.run(f"{split}.style.getPropertyValue('--share')") == "51%"
    assert images.run(f"{split}.children[1].style.clipPath") == "inset(0px 49% 0px 0px)"
    x, y, width = middle(images, ".stage .split")
    images.mouse("mousePressed", x - width / 4, y, button="left", clickCount=1)
    images.mouse("mouseReleased", x - width / 4, y, button="left")
    assert float(images.run("document.getElementById('share').value")) == pytest.approx(25, abs=1)
    choose(images, "left-of", "lq")
    assert images.run(sides) == ["LQ", "HQ"]
    assert images.complaints() == []


def test_the_edge_stays_where_it_is_while_zoomed(images) -> None:
    images.run("document.querySelector('input[value=slider]').click()")
    images.run("document.querySelector('[data-zoom=in]').click()")
    cut = (
        "(() => { const i = document.querySelector('.stage .split').children[1],"
        " r = i.getBoundingClientRect(), f = i.parentElement.getBoundingClientRect(),"
        " c = parseFloat(i.style.clipPath.split(' ')[1]);"
        " return (r.left + r.width * (1 - c / 100) - f.left) / f.width })()"
    )
    assert images.run(cut) == pytest.approx(0.5, abs=0.01)
    images.run("document.getElementById('stage').focus()")
    images.press("ArrowLeft", 37)
    assert images.run(cut) == pytest.approx(0.5, abs=0.01)


def test_differences_to_hq_are_of_the_right_pictures(images) -> None:
    images.run("document.querySelector('input[value=difference]').click()")
    captions = images.run("[...document.querySelectorAll('.stage figcaption')].map(c => c.textContent)")
    a, b = (images.run(f"document.getElementById('{id_}').selectedOptions[0].text") for id_ in "ab")
    assert captions == [f"|{name} − HQ| × 4" for name in ("LQ", a, b)]
    blend = "getComputedStyle(document.querySelector('.stage .split').children[1]).mixBlendMode"
    assert images.run(blend) == "difference"
    choose(images, "gain", "1")
    assert images.run("document.querySelector('.stage .split').style.filter") == ""


def test_an_image_that_a_restorer_lacks_says_why(
    browser, published: Published, scored: Path, tmp_path: Path
) -> None:
    board = published.definition.id
    build_site([published], tmp_path / "site", images={board: open_dataset(scored / "data")}, runs={})
    browser.open(tmp_path / "site" / PAGES["images"])
    browser.wait(READY)
    words = "[...document.querySelectorAll('.stage .absent')].filter(p => !p.hidden).map(p => p.textContent)"
    assert browser.run(words) == ["its pictures are not in this site"] * 2
    assert browser.complaints() == []


def test_without_script_all_is_there_and_nothing_looks_alive(browser, site: Path) -> None:
    controls = "[...document.querySelectorAll('button:enabled, input, select')]"
    for kind, path in PAGES.items():
        browser.open(site / path, script=False)
        assert browser.run(f"{controls}.filter(e => e.checkVisibility()).length") == 0, kind
        assert browser.complaints() == []
    browser.open(site / PAGES["board"], script=False)
    assert browser.run("document.querySelector('.interval').checkVisibility()")
    assert browser.run("document.querySelector('.places').checkVisibility()")
    browser.open(site / PAGES["images"], script=False)
    assert (
        browser.run("[...document.querySelectorAll('.strip img')].filter(i => i.checkVisibility()).length")
        >= 12
    )


def test_colours_follow_the_system_until_the_reader_chooses(browser, site: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    browser.open(site / PAGES["home"], dark=True)
    assert max(browser.run(ground)) < 60
    browser.run("document.getElementById('theme').click()")
    assert min(browser.run(ground)) > 200
    assert browser.run("document.getElementById('theme').getAttribute('aria-label')") == "Colours: light"
    browser.open(site / PAGES["board"], dark=True)
    assert min(browser.run(ground)) > 200  # the next page knows
    browser.run("document.getElementById('theme').click(); document.getElementById('theme').click()")
    assert max(browser.run(ground)) < 60


def test_the_first_tab_leads_past_the_menu(browser, site: Path) -> None:
    browser.open(site / PAGES["board"])
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().top") >= 0
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    browser.press("Enter", 13)
    assert browser.run("location.hash") == "#content"


def test_served_it_is_as_quiet_as_from_disk(browser, site: Path) -> None:
    with site_server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://{HOST}:{server.server_port}/"
            browser.open(f"{address}{PAGES['images']}")
            browser.wait(READY)
            assert all(url.startswith((address, "data:")) for url in browser.requests())
            assert browser.complaints() == []
        finally:
            server.shutdown()
            thread.join()


def test_the_policy_stops_foreign_script_style_and_network(browser, site: Path) -> None:
    browser.open(site / PAGES["board"])
    browser.run(
        "{ const s = document.createElement('script'); s.textContent = 'window.x = 1';"
        "document.body.append(s);"
        "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'})) }"
    )
    assert browser.run("window.x") is None
    assert len(browser.complaints()) >= 2


def test_a_long_list_keeps_few_rows_in_the_page(browser, published: Published, tmp_path: Path) -> None:
    names = [f"face-{i:04d}" for i in range(3000)]
    values = {
        r: t.iloc[[i % len(t) for i in range(3000)]].set_axis(names) for r, t in published.values.items()
    }
    many = replace(published, values=values, sliced=None, definition=replace(published.definition, by=""))
    build_site([many], tmp_path / "site")
    browser.open(tmp_path / "site" / PAGES["images"])
    browser.wait(READY)
    count = "document.querySelectorAll('#list [role=option]').length"
    assert browser.run(count) < 60
    browser.run("document.getElementById('list').focus()")
    browser.press("End", 35)
    assert browser.run(count) < 60
    assert (
        browser.run("document.querySelector('[aria-selected=true]').getAttribute('aria-posinset')") == "3000"
    )
    assert (
        browser.run("document.querySelector('[aria-selected=true]').getAttribute('aria-setsize')") == "3000"
    )
    assert slug(browser.run(SHOWN)) in names
