"""What presets drew when they were published, they draw for ever: other draws are another version."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields

import pytest

from bfrbench.degradations.presets import (
    PRESETS,
    Preset,
    draw_recipe,
)
from bfrbench.degradations.recipe import Step

Range = tuple[float, float]

# blur size, sigma_x, sigma_y, theta; first size; noise sigma and seed; quality of "face-07" at seed 0
PINNED = {
    "gfpgan-paper": (
        (41, 8.478676039209263, 9.479112204195209, -1.179753190970211),
        (80, 9.112385097290314, 3670054148510340, 66),
    ),
    "gfpgan-release": (
        (41, 9.66033298627466, 1.9697520841122587, -0.918599570080382),
        (268, 18.89141993415007, 4736280624551983, 83),
    ),
    "gfpgan-paper-128": (
        (11, 1.4415941030563975, 1.493158228646968, 0.588060571721071),
        (71, 7.819620628158878, 7511970443530215, 64),
    ),
    "gfpgan-release-128": (
        (11, 1.1370449530777493, 0.9134501845779915, -0.3936123655128596),
        (38, 19.23486120335972, 6657288831317589, 70),
    ),
}


@pytest.mark.parametrize("name", PINNED)
def test_a_recipe_drawn_today_is_drawn_again_tomorrow(name: str) -> None:
    preset = PRESETS[name]
    blur, down, noise, jpeg, back = draw_recipe(preset, 0, "face-07", (preset.size, preset.size)).steps
    assert (blur.size, blur.sigma_x, blur.sigma_y, blur.theta) == PINNED[name][0]
    assert (down.height, noise.sigma, noise.seed, jpeg.quality) == PINNED[name][1]
    assert (down.width, back.height, back.width) == (down.height, preset.size, preset.size)


def test_colour_drawn_today_is_drawn_again_tomorrow() -> None:
    *_, shift, jitter = draw_recipe(PRESETS["gfpgan-release"], 0, "face-2", (512, 512)).steps
    assert (shift.red, shift.green, shift.blue) == (
        -0.6745125586865832,
        -5.90670292446379,
        18.22375011413171,
    )
    assert (jitter.brightness, jitter.hue) == (1.4905498768915268, 0.04796457159685291)
    assert jitter.order == ("hue", "contrast", "saturation", "brightness")


def fingerprint(preset: Preset) -> str:
    """Of five recipes, numbers to nine digits, fields at their defaults left out."""
    words = []
    for n in range(5):
        for step in draw_recipe(preset, 0, f"face-{n}", (preset.size, preset.size), n).steps:
            words += [step.op, *_words(step)]
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _words(step: Step) -> Iterable[str]:
    for field in fields(step):
        value = getattr(step, field.name)
        if field.name in ("op", "border") or (field.name == "factor" and value is None):
            continue
        if field.name in ("steps", "outside"):
            yield from (word for inner in value for word in (inner.op, *_words(inner)))
        elif field.name not in ("antialias", "beta", "chroma") or value not in (False, 1.0, "4:2:0"):
            yield f"{field.name}={value:.9g}" if isinstance(value, float) else f"{field.name}={value}"


FINGERPRINTS = {
    "gfpgan-paper": "57cf6729dcb5",
    "gfpgan-release": "86f87bbab6fa",
    "gfpgan-paper-128": "ac36bdea2b92",
    "gfpgan-release-128": "07f0b5c0ff81",
    "gfpgan-nocolour": "dbfb0ddd395d",
    "vqfr-v1": "7766cfe51f40",
    "vqfr-v2": "50b7a46a5d9b",
    "gpen-release": "17ecdb5291e8",
    "diffbir-v1-face": "7fdef7cb65bb",
    "diffbir-v1-general": "ff809455ccd9",
    "bfrffusion": "134b7633abbe",
    "faceme": "2a87c71b3134",
    "codeformer-stage2": "80fd014465eb",
    "codeformer-stage3-small": "497fb540d680",
    "codeformer-stage3-large": "c7ae8b05e1a6",
    "codeformer-colourisation": "0d88dc769d79",
    "restoreformer": "e161e4897963",
    "restoreformer++": "653b608ddc90",
    "daefr": "060a166d838d",
    "daefr-codebooks": "8e13d1b3077e",
    "difface": "14c1fe397947",
    "difface-128": "bf3974107320",
    "pmrf": "a5b34ba5de16",
    "stablesr-face": "a9ad0dacff32",
    "resshift-faceir": "52c0e37d8ad3",
    "fos-syn": "df25fc447a2d",
    "psfrgan": "ce4997755e45",
    "realesrgan": "2c05440cc90b",
    "diffbir-v2": "2d81070be499",
    "difface-test": "80613f5a7eda",
    "difface-test-crossed": "dad9929ff375",
    "difface-test-first": "e9d038738848",
    "bfr-benchmark-blur": "ca547986180c",
    "bfr-benchmark-noise": "f794401b4e6e",
    "bfr-benchmark-jpeg": "45df1a5b9388",
    "bfr-benchmark-lr": "eb86df8f18ce",
    "bfr-benchmark-full": "edd6ce57a740",
    "bfr-benchmark-blur-128": "b18ec640b007",
    "bfr-benchmark-noise-128": "43dc7038e735",
    "bfr-benchmark-jpeg-128": "76675a8ad5e3",
    "bfr-benchmark-lr-128": "0db3eb44d135",
    "bfr-benchmark-full-128": "9c5fd2fa3679",
    "ladder-blur": "90e2e2cd8b6b",
    "ladder-downsample": "46e3eec40200",
    "ladder-noise": "45d989a9b334",
    "ladder-jpeg": "848d892c19c8",
    "ladder-all": "0c8da88cc01d",
    "ladder-blur-256": "9e362ecbc0ff",
    "ladder-downsample-256": "d1ad030d9f24",
    "ladder-noise-256": "1429a00eeb62",
    "ladder-jpeg-256": "848d892c19c8",
    "ladder-all-256": "f5842981db96",
    "ladder-blur-128": "f774ce6c6b84",
    "ladder-downsample-128": "b02907b815b3",
    "ladder-noise-128": "cc7fe6193dc1",
    "ladder-jpeg-128": "848d892c19c8",
    "ladder-all-128": "a9c62b7e2d74",
    "ladder-all-train": "b4140c286155",
    "ladder-all-256-train": "0da10b99ee32",
    "ladder-all-128-train": "c6a358723179",
    "old-photo": "684548b25a5a",
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_published_preset_never_changes(name: str) -> None:
    assert fingerprint(PRESETS[name]) == FINGERPRINTS[name], "other draws are a new version"
