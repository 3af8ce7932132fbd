"""Comparing runs: what is refused, who wins, what a missing image costs, sets, orders."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bfrbench.benchmark.compare import Comparison, compare
from bfrbench.benchmark.comparison.differences import Difference
from bfrbench.benchmark.open_scores import SCORES_JSON, SCORES_PARQUET, SETS_PARQUET, open_scores
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import read_json, to_json, write_json, write_parquet
from bfrbench.types import Direction, Entry, Score

BETTER: Mapping[str, Direction] = {"psnr/rgb": "higher", "lpips/alex": "lower", "fid/clean": "lower"}
PEOPLE = 24
IMAGES = [f"i{n:02}" for n in range(2 * PEOPLE)]
PERSON = {name: f"p{n // 2:02}" for n, name in enumerate(IMAGES)}
SHARED = np.random.default_rng(0).normal(25.0, 3.0, len(IMAGES))

Values = Mapping[str, float | str]  # by image: a value, or the state that says why there is none


def psnr(gain: float, seed: int = 0, spread: float = 0.3) -> dict[str, float | str]:
    """Values that differ by `gain` from others', on top of what is hard about each image."""
    noise = np.random.default_rng(seed).normal(0.0, spread, len(IMAGES))
    return dict(zip(IMAGES, (SHARED + gain + noise).tolist(), strict=True))


def scores_of(folder: Path, name: str, *, fid: float | None = None, **metrics: Values) -> Path:
    """A folder as `score` would leave it; `psnr` and `lpips` are by image."""
    ids = {"psnr": "psnr/rgb", "lpips": "lpips/alex"}
    place = folder / name
    place.mkdir()
    rows, scores = [], []
    for family, values in metrics.items():
        good = [value for value in values.values() if isinstance(value, float)]
        states = {image: value if isinstance(value, str) else "ok" for image, value in values.items()}
        rows += [
            {"name": image, "person_id": PERSON[image], "metric": ids[family], "message": "",
             "value": value if isinstance(value, float) else math.nan, "state": states[image]}
            for image, value in values.items()
        ]  # fmt: skip
        reason = "" if len(good) == len(values) else "1 missing: No restored image has its name."
        mean = math.fsum(good) / len(good) if good else None
        scores.append(Score(ids[family], 1, BETTER[ids[family]], len(good), len(values), mean, reason=reason))
    if fid is not None:
        scores.append(Score("fid/clean", 1, "lower", len(IMAGES), len(IMAGES), fid))
    entry = Entry(
        name,
        "measured",
        tuple(scores),
        {"ok": len(IMAGES)},
        PEOPLE,
        "strict@1",
        "made-up",
        "d" * 64,
        "r" * 64,
    )
    write_parquet(place / SCORES_PARQUET, pd.DataFrame(rows))
    write_json(place / SCORES_JSON, entry)
    return place


def add_sets(place: Path, without: Mapping[str, float]) -> None:
    rows = [{"metric": "fid/clean", "person_id": p, "value_without": v} for p, v in without.items()]
    write_parquet(place / SETS_PARQUET, pd.DataFrame(rows))


def change(place: Path, **changes: object) -> None:
    """Edit the entry of a scores folder."""
    entry = read_json(place / SCORES_JSON, Entry, "scores")
    write_json(place / SCORES_JSON, replace(entry, **changes))  # type: ignore[arg-type]


def only(comparison: Comparison, metric: str = "psnr/rgb") -> Difference:
    return next(row for row in comparison.differences if row.metric == metric)


def test_a_clear_winner_is_called_so_and_the_difference_has_its_sign(tmp_path: Path) -> None:
    mine, theirs = (
        scores_of(tmp_path, "mine", psnr=psnr(0.5)),
        scores_of(tmp_path, "theirs", psnr=psnr(0.0, 1)),
    )
    row = only(compare([mine, theirs]))
    assert (row.first, row.second, row.verdict) == ("mine", "theirs", "better")
    assert row.difference == pytest.approx(0.5, abs=0.15)
    assert row.low > 0.0  # type: ignore[operator]
    assert row.first_mean - row.second_mean == pytest.approx(row.difference)  # type: ignore[operator]
    assert (row.images, row.people) == (48, 24)
    assert row.wins + row.ties + row.losses == 48  # type: ignore[operator]
    assert only(compare([theirs, mine])).verdict == "worse"


def test_lower_is_better_where_it_is(tmp_path: Path) -> None:
    mine, theirs = (
        scores_of(tmp_path, "mine", lpips=psnr(-0.5)),
        scores_of(tmp_path, "theirs", lpips=psnr(0.0, 1)),
    )
    row = only(compare([mine, theirs]), "lpips/alex")
    assert row.verdict == "better"
    assert row.difference < 0.0  # type: ignore[operator]
    assert row.rank_biserial > 0.0  # type: ignore[operator]


def test_what_chance_may_have_made_has_no_verdict(tmp_path: Path) -> None:
    mine, theirs = (
        scores_of(tmp_path, "mine", psnr=psnr(0.0, 2)),
        scores_of(tmp_path, "theirs", psnr=psnr(0.0, 1)),
    )
    assert only(compare([mine, theirs])).verdict == "unclear"
    copy = scores_of(tmp_path, "copy", psnr=psnr(0.0, 2))
    assert only(compare([mine, copy])).verdict == "same"


def test_many_comparisons_make_a_winner_less_sure(tmp_path: Path) -> None:
    gain = psnr(0.18, 4)
    places = [scores_of(tmp_path, "mine", psnr=gain), scores_of(tmp_path, "base", psnr=psnr(0.0, 1))]
    alone = only(compare(places))
    assert (alone.verdict, alone.p_holm) == ("better", alone.p)
    others = [scores_of(tmp_path, f"other-{i}", psnr=psnr(0.0, 10 + i)) for i in range(12)]
    crowd = compare([*places, *others], against="base")
    row = next(row for row in crowd.differences if row.first == "mine")
    assert row.p == alone.p
    assert row.p_holm == pytest.approx(13 * alone.p)  # type: ignore[operator]
    assert row.verdict == "perhaps better"
    assert [row.second for row in crowd.differences] == ["base"] * 13


def test_an_image_that_failed_is_lost_and_its_run_is_never_called_better(tmp_path: Path) -> None:
    values = psnr(0.5)
    values["i03"] = "restorer_error"
    values["i07"] = "missing"
    mine, theirs = scores_of(tmp_path, "mine", psnr=values), scores_of(tmp_path, "theirs", psnr=psnr(0.0, 1))
    found = compare([mine, theirs])
    row = only(found)
    assert (row.images, row.first_only, row.second_only) == (46, 0, 2)
    assert row.losses >= 2  # type: ignore[operator]
    assert row.wins + row.ties + row.losses == 48  # type: ignore[operator]
    assert row.low > 0.0  # type: ignore[operator]
    assert row.verdict == "incomplete"
    assert any("46 of 48 images have a value" in note for note in found.notes)
    whole = only(compare([scores_of(tmp_path, "whole", psnr=psnr(0.5)), theirs]))
    assert row.wins <= whole.wins  # type: ignore[operator]
    # the one that lacks images may well be called worse
    values = psnr(-0.5)
    values["i03"] = "missing"
    assert only(compare([scores_of(tmp_path, "poor", psnr=values), theirs])).verdict == "worse"


def test_an_image_without_value_in_both_is_nobodys(tmp_path: Path) -> None:
    first, second = psnr(0.5), psnr(0.0, 1)
    first["i00"] = second["i00"] = "metric_error"
    row = only(compare([scores_of(tmp_path, "a", psnr=first), scores_of(tmp_path, "b", psnr=second)]))
    assert (row.images, row.first_only, row.second_only, row.verdict) == (47, 0, 0, "better")


def test_runs_that_share_no_image_say_so(tmp_path: Path) -> None:
    first: dict[str, float | str] = {name: 20.0 if n % 2 else "missing" for n, name in enumerate(IMAGES)}
    second: dict[str, float | str] = {name: "missing" if n % 2 else 20.0 for n, name in enumerate(IMAGES)}
    row = only(compare([scores_of(tmp_path, "a", psnr=first), scores_of(tmp_path, "b", psnr=second)]))
    assert (row.images, row.wins, row.losses, row.difference, row.verdict) == (0, 24, 24, None, "unclear")
    assert "both" in row.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset_sha256": "e" * 64}, "the data set's sha256"),
        ({"protocol": "pmrf@1"}, "the protocol (pmrf@1: b; strict@1: a)"),
        ({"judge_weights_sha256": {"lpips-alex": "2" * 64}}, "the weights of the judge lpips-alex"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0)) for name in "ab"]
    for place in places:
        change(place, judge_weights_sha256={"lpips-alex": "1" * 64})
    change(places[1], **changes)
    with pytest.raises(InputError) as error:
        compare(places)
    assert said in str(error.value)


def test_another_version_of_a_metric_is_refused(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0)) for name in "ab"]
    scores = open_scores(places[1]).entry.scores
    change(places[1], scores=(replace(scores[0], version=2),))
    with pytest.raises(InputError, match=r"the version of psnr/rgb \(1: a; 2: b\)"):
        compare(places)


def test_scores_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    good, bad = (scores_of(tmp_path, name, psnr=psnr(0.0)) for name in ("good", "bad"))
    rows = pd.read_parquet(bad / SCORES_PARQUET)
    write_parquet(bad / SCORES_PARQUET, rows.assign(value=rows["value"] + 1.0))
    with pytest.raises(InputError, match="does not hold the values"):
        compare([good, bad])
    write_parquet(bad / SCORES_PARQUET, pd.concat([rows, rows]))
    with pytest.raises(InputError, match="more than one value"):
        compare([good, bad])
    write_parquet(bad / SCORES_PARQUET, rows.drop(columns="value"))
    with pytest.raises(InputError, match="no column value"):
        compare([good, bad])
    (bad / SCORES_PARQUET).unlink()
    with pytest.raises(InputError, match="only scores of single images"):
        compare([good, bad])
    (bad / SCORES_JSON).unlink()
    with pytest.raises(InputError, match=r"holds no scores\.json"):
        compare([good, bad])


def test_scores_by_chosen_metrics_alone_are_found_in_the_run_itself(tmp_path: Path) -> None:
    alone = {}
    for name, gain in (("a", 0.0), ("b", 2.0)):
        (tmp_path / name / "scores").mkdir(parents=True)
        alone[name] = scores_of(tmp_path / name / "scores", name, psnr=psnr(gain))
        assert open_scores(tmp_path / name).entry == open_scores(alone[name]).entry
    assert compare([tmp_path / "a", tmp_path / "b"])
    scores_of(tmp_path / "a/scores", "by-another", psnr=psnr(0))
    with pytest.raises(InputError, match=r"several kinds, .*: name one of .*scores/a, .*by-another"):
        open_scores(tmp_path / "a")
    default = scores_of(tmp_path / "a", "the-default", psnr=psnr(0))
    for file in default.iterdir():
        file.rename(tmp_path / "a" / file.name)
    assert open_scores(tmp_path / "a").entry.restorer == "the-default"


def test_a_comparison_needs_two_runs(tmp_path: Path) -> None:
    place = scores_of(tmp_path, "mine", psnr=psnr(0.0))
    for places in ([place], [place, place]):
        with pytest.raises(InputError, match="two different runs"):
            compare(places)


def test_runs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(gain)) for name, gain in (("old", 0.0), ("new", 0.5))]
    for place in places:
        change(place, restorer="gfpgan")
    assert compare(places).restorers == tuple(f"gfpgan ({place})" for place in places)


def test_a_baseline_is_a_name_or_a_folder(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.1 * i, i)) for i, name in enumerate("abc")]
    by_name = compare(places, against="b")
    assert [(row.first, row.second) for row in by_name.differences] == [("a", "b"), ("c", "b")]
    assert compare(places, against=str(places[1])) == by_name
    assert len(compare(places).differences) == 3
    with pytest.raises(UnknownName, match="There are: a, b, c"):
        compare(places, against="d")


def test_metrics_are_chosen_by_id_or_family(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0, i), lpips=psnr(0.0, i)) for i, name in enumerate("ab")]
    assert [row.metric for row in compare(places).differences] == ["psnr/rgb", "lpips/alex"]
    for chosen in ("lpips", "lpips/alex"):
        assert [row.metric for row in compare(places, metrics=[chosen]).differences] == ["lpips/alex"]
    with pytest.raises(UnknownName, match=r"no ssim in common\. There are: psnr/rgb, lpips/alex"):
        compare(places, metrics=["ssim"])


def test_ties_are_what_the_caller_says(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0, i)) for i, name in enumerate("ab")]
    assert only(compare(places)).ties == 0
    assert only(compare(places, tie=lambda _: 100.0)).ties == 48


def test_sets_are_compared_by_the_paired_jackknife_where_it_is_known(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(0.0, 1.0, PEOPLE)
    places = []
    for name, fid in (("a", 40.0), ("b", 43.0)):
        places.append(scores_of(tmp_path, name, psnr=psnr(0.0), fid=fid))
    row = only(compare(places), "fid/clean")
    assert (row.difference, row.low, row.verdict) == (-3.0, None, "unclear")
    assert "No interval" in row.reason
    for place, fid in zip(places, (40.0, 43.0), strict=True):
        own = fid + common + rng.normal(0.0, 0.02, PEOPLE)
        add_sets(place, {f"p{i:02}": float(value) for i, value in enumerate(own)})
    row = only(compare(places), "fid/clean")
    assert (row.people, row.wins, row.verdict) == (PEOPLE, None, "better")
    assert row.low < -3.0 < row.high < 0.0  # type: ignore[operator]
    add_sets(places[1], {"p00": 1.0, "p01": 2.0})
    assert only(compare(places), "fid/clean").low is None


def test_sets_of_other_images_are_not_compared(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0), fid=40.0) for name in "ab"]
    scores = open_scores(places[0]).entry.scores
    change(places[0], scores=(scores[0], replace(scores[1], n=47)))
    row = only(compare(places), "fid/clean")
    assert (row.difference, row.verdict) == (None, "unclear")
    assert "47 of 48 images of a and 48 of b" in row.reason


def test_a_metric_without_value_is_told_and_not_dropped_in_silence(tmp_path: Path) -> None:
    nothing: dict[str, float | str] = dict.fromkeys(IMAGES, "weights_unavailable")
    places = [scores_of(tmp_path, name, psnr=psnr(0.0, i), lpips=nothing) for i, name in enumerate("ab")]
    found = compare(places)
    assert [row.metric for row in found.differences] == ["psnr/rgb"]
    assert "Not compared, for no two runs have a value: lpips/alex." in found.notes
    places.append(scores_of(tmp_path, "c", psnr=psnr(0.0, 2), lpips=psnr(0.0)))
    places.append(scores_of(tmp_path, "d", psnr=psnr(0.0, 3), lpips=psnr(0.0)))
    found = compare(places)
    assert [(row.first, row.second) for row in found.differences if row.metric == "lpips/alex"] == [
        ("c", "d")
    ]
    assert any(note.startswith("a, lpips/alex: 0 of 48") for note in found.notes)
    nowhere = [scores_of(tmp_path, name, lpips=nothing) for name in "ef"]
    with pytest.raises(InputError, match="no metric in common"):
        compare(nowhere)


def test_few_people_are_told_that_they_are_few(tmp_path: Path) -> None:
    few = dict(list(psnr(0.5).items())[:8])  # four people
    places = [scores_of(tmp_path, "a", psnr=few), scores_of(tmp_path, "b", psnr=dict.fromkeys(few, 20.0))]
    found = compare(places)
    assert found.clusters == 4
    assert any("4 people are too few" in note and "below 0.12" in note for note in found.notes)
    assert not any(
        "too few" in note for note in compare([scores_of(tmp_path, n, psnr=psnr(0.0)) for n in "cd"]).notes
    )


def test_metrics_of_sets_alone_have_no_win_rates(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.0), fid=10.0) for name in "abc"]
    found = compare(places, metrics=["fid"])
    assert [row.metric for row in found.differences] == ["fid/clean"] * 3


def test_three_runs_have_an_order_and_one_that_lacks_images_has_no_place(tmp_path: Path) -> None:
    holes = psnr(2.0, 3)
    holes["i00"] = "missing"
    places = [
        scores_of(tmp_path, "good", psnr=psnr(1.0), lpips=psnr(-1.0), fid=10.0),
        scores_of(tmp_path, "poor", psnr=psnr(0.0, 1), lpips=psnr(0.0, 1), fid=20.0),
        scores_of(tmp_path, "holey", psnr=holes, lpips=psnr(-2.0, 3), fid=5.0),
    ]
    orders = compare(places).orders
    assert orders is not None
    by_psnr, by_lpips = orders.ranks
    assert {name: rank.place for name, rank in by_psnr.places.items()} == {"good": 1, "poor": 2}
    assert by_psnr.images == 48
    assert {name: rank.place for name, rank in by_lpips.places.items()} == {"holey": 1, "good": 2, "poor": 3}
    assert {name: own.place for name, own in orders.standings.items()} == {"good": 1, "poor": 2}
    assert orders.win_rates["holey"].rate > orders.win_rates["good"].rate > orders.win_rates["poor"].rate
    assert compare(places[:2]).orders is None


def test_the_order_of_runs_and_images_changes_nothing_but_signs(tmp_path: Path) -> None:
    places = [scores_of(tmp_path, name, psnr=psnr(0.1 * i, i)) for i, name in enumerate("ab")]
    before = compare(places)
    rows = pd.read_parquet(places[0] / SCORES_PARQUET)
    write_parquet(places[0] / SCORES_PARQUET, rows.sample(frac=1.0, random_state=1))
    assert compare(places) == before
    assert to_json(compare(places)) == to_json(before)
