"""Presets: the field's degradations, and ours, as named, versioned ranges that recipes are drawn from."""

from collections.abc import Mapping
from difflib import get_close_matches

from bfrbench.degradations.presets import (
    bfr_benchmark,
    codeformer,
    difface,
    gfpgan,
    grids,
    ladders,
    old_photo,
    psfrgan,
    realesrgan,
    restoreformer,
)
from bfrbench.degradations.presets.left_out import LEFT_OUT
from bfrbench.degradations.presets.preset import Draws, Grid, Preset, draw_recipe, mixed
from bfrbench.errors import UnknownName

GROUPS: Mapping[str, tuple[Preset, ...]] = {
    "GFP-GAN and what was trained on its ranges": gfpgan.ROWS,
    "CodeFormer": codeformer.ROWS,
    "RestoreFormer": restoreformer.ROWS,
    "DifFace's wide ranges": difface.ROWS,
    "PSFRGAN": psfrgan.ROWS,
    "Second order": realesrgan.ROWS,
    "Test grids": grids.ROWS,
    "BFR benchmark's tracks, with ranges that are not its own": bfr_benchmark.ROWS,
    "Severity ladders": ladders.ROWS,
    "Around the ladders": ladders.TRAINING,
    "Old photographs": old_photo.ROWS,
}

PRESETS: Mapping[str, Preset] = {row.id: row for rows in GROUPS.values() for row in rows}

_ALL: Mapping[str, Preset] = {**PRESETS, **{row.id: row for row in ladders.LEVELS}}


def find_preset(name: str) -> Preset:
    """The preset of an id, or of `id@version`; `ladder-blur-3` is level 3 of `ladder-blur`.

    Raises UnknownName with what there is, or with why a known degradation is left out.
    """
    for preset in _ALL.values():
        if name in (preset.id, preset.full_name):
            return preset
    if name in LEFT_OUT:
        raise UnknownName(f"There is no preset {name!r}: {LEFT_OUT[name]}")
    near = get_close_matches(name, _ALL, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    known = ", ".join(preset.full_name for preset in PRESETS.values())
    raise UnknownName(f"No preset is called {name!r}.{hint} There are: {known}.")


__all__ = ["GROUPS", "LEFT_OUT", "PRESETS", "Draws", "Grid", "Preset", "draw_recipe", "find_preset", "mixed"]
