"""Beginning a wider GFP-GAN with a narrower one that is trained (docs/adr/0027).

The wider network gives the same images at first, and has room to learn more: function-preserving growth,
Chen, Goodfellow, Shlens: Net2Net, ICLR 2016. Theirs copies channels and shares their effect out; here the
new channels see what a fresh network's would, and nothing trained listens to them yet.
"""

from dataclasses import fields

import torch
from torch import Tensor

from bfrbench.errors import InputError
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.state_dict import PRIOR

_WIDTHS = ("channel_multiplier", "narrow")


def put_weights(network: GfpganNetwork, begun: GfpganNetwork) -> None:
    """Put a trained GFP-GAN into a fresh one, as wide or wider in every layer, which then gives its images.

    Where both are alike, every weight is the trained one's. Raises InputError where another setting than
    the widths differs, or a layer would be narrower.
    """
    _check(network.config, begun.config)
    trained = {**dict(begun.named_parameters()), **dict(begun.named_buffers())}
    with torch.no_grad():
        for name, wide in (*network.named_parameters(), *network.named_buffers()):
            _fill(wide, trained[name], halves=name.startswith(PRIOR) and network.config.sft_half)


def _fill(wide: Tensor, trained: Tensor, *, halves: bool) -> None:
    """Outputs that were there before keep their weights and ignore new inputs; new outputs stay fresh."""
    places = [_places(*sides, halves=halves) for sides in zip(trained.shape, wide.shape, strict=True)]
    if wide.ndim > 1:
        wide.index_fill_(0, places[0].to(wide.device), 0.0)
    wide[torch.meshgrid(*places, indexing="ij")] = trained.to(wide)


def _places(trained: int, wide: int, *, halves: bool) -> Tensor:
    """Where the trained channels lie among the wide layer's: first, or (halves) first in each half.

    CS-SFT passes the first half of the prior's channels and modulates the second.
    """
    places = torch.arange(trained)
    if halves and trained != wide:
        places[trained // 2 :] += wide // 2 - trained // 2
    return places


def _check(wide: GfpganConfig, begun: GfpganConfig) -> None:
    wrong = [
        f"{name} is {there} there and {asked} in the configuration's [network] table"
        for name, there, asked in (
            (part.name, getattr(begun, part.name), getattr(wide, part.name)) for part in fields(wide)
        )
        if there != asked and name not in _WIDTHS
    ]
    if wrong:
        raise InputError(f"The GFP-GAN to begin with is another: {'; '.join(wrong)}. Make them the same.")
    for resolution in wide.resolutions:
        there, asked_width = begun.width(resolution), wide.width(resolution)
        if there > asked_width:
            raise InputError(
                f"The GFP-GAN to begin with has {there} channels at {resolution} px, and the configuration's "
                f"[network] table asks for {asked_width}: it can be made wider, not narrower. Raise "
                "narrow or channel_multiplier."
            )
