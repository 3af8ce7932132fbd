"""A gate through which the input passes where it is good enough (ours; docs/adr/0025).

    restored = y + g ⊙ (x - y),    g = tanh(Σ_r ↑ h_r(F_spatial,r))

x is the input, y what the prior makes of it, h_r a 1×1 convolution to one channel for each resolution r of
F_spatial, ↑ doubling up to out_size. The sum lets coarse maps, which see the whole face, say how damaged it
is, and fine ones say where. g is 0 in a fresh network (y alone is seen), 1 where the input stays as it is.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.layers import conv, double


class InputGate(nn.ModuleList):
    """F_spatial → g."""

    def __init__(self, config: GfpganConfig) -> None:
        super().__init__(
            conv(config.unet_width(resolution), 1, 1, gain=0.0) for resolution in config.resolutions[1:]
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """F_spatial, maps at 8, 16, ... out_size → N×1×out_size×out_size in (-1, 1)."""
        coarsest, *finer = zip(self, features, strict=True)
        head, feature = coarsest
        opened: Tensor = head(feature)
        for head, feature in finer:
            opened = double(opened).add_(head(feature))
        return opened.tanh()
