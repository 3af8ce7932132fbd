"""Labels: known families by the table, others by their own name."""

import subprocess
import sys

from bfrbench.leaderboards.labels import HEADLINES, LABELS, label_of


def test_all_variants_of_a_family_print_alike() -> None:
    assert label_of("psnr/rgb") == label_of("psnr/y601") == LABELS["psnr"]
    digits = {"psnr": 2, "ssim": 4, "lpips": 4, "identity": 3, "niqe": 2, "fid": 2}
    assert {family: label_of(f"{family}/variant").digits for family in digits} == digits


def test_an_unknown_metric_goes_by_its_own_name() -> None:
    assert (label_of("musiq/koniq").text, label_of("musiq/koniq").digits) == ("musiq", 3)


def test_every_headline_has_a_label() -> None:
    assert set(HEADLINES) <= set(LABELS)


def test_boards_need_no_torch() -> None:
    code = "import sys, bfrbench.leaderboards.build; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
