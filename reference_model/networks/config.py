"""The numbers that fix the shape of a GFP-GAN."""

from dataclasses import dataclass
from typing import Literal

from bfrbench.errors import InputError

Resample = Literal["bilinear", "fir"]

OUT_SIZES = (32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, slots=True)
class GfpganConfig:
    """One architecture. The defaults are those of the released v1.2, v1.3 and v1.4.

    The paper's v1 differs in two of them: GfpganConfig(channel_multiplier=1, resample="fir"). Names are
    the official ones, so that a published configuration reads the same here. Raises InputError when the
    numbers fit no network.
    """

    out_size: int = 512  # pixels; LQ and restored faces have this size
    num_style_feat: int = 512  # length of one latent code
    channel_multiplier: float = 2  # width of the layers at 64 px and finer
    num_mlp: int = 8  # layers of the mapping network
    input_is_latent: bool = True  # codes are W at once; False: Z, sent through the mapping network
    different_w: bool = True  # a code for each layer; False: one code for all of them
    narrow: float = 1  # factor on all widths; the U-Net has half of each
    sft: bool = True  # modulate the prior by the U-Net's features; False: codes alone (for ablations)
    sft_half: bool = True  # modulate half of the channels (CS-SFT); False: all of them (SFT)
    full_size_skip: bool = False  # ours, for small faces: the way up sees the input at its full size, too
    input_gate: bool = False  # ours, for small faces: what is not damaged may pass as it is
    resample: Resample = "bilinear"  # "fir": v1's way down and prior smooth with (1, 3, 3, 1)

    def __post_init__(self) -> None:
        if self.out_size not in OUT_SIZES:
            raise InputError(f"out_size is {self.out_size}; GFP-GAN is built for one of {OUT_SIZES}.")
        if self.num_style_feat < 1 or self.num_mlp < 1:
            raise InputError(
                f"num_style_feat is {self.num_style_feat} and num_mlp {self.num_mlp}; both must be 1 or more."
            )
        for resolution in self.resolutions:
            channels = self._channels(resolution)
            if channels < 2 or channels % 2:
                raise InputError(
                    f"narrow {self.narrow:g} with channel_multiplier {self.channel_multiplier:g} gives "
                    f"{channels:g} channels at {resolution} px; it must be an even whole number, because the "
                    "U-Net has half as many and SFT modulates one half."
                )

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to out_size."""
        return tuple(4 << level for level in range(self.out_size.bit_length() - 2))

    @property
    def num_codes(self) -> int:
        """How many latent codes the prior takes: 16 at 512 px."""
        return 2 * len(self.resolutions)

    def width(self, resolution: int) -> int:
        """Channels of the prior at a resolution: 512 up to 32 px, then halved at each doubling."""
        return int(self._channels(resolution))

    def unet_width(self, resolution: int) -> int:
        """Channels of the U-Net at a resolution: half of the prior's."""
        return self.width(resolution) // 2

    def _channels(self, resolution: int) -> float:
        if resolution <= 32:
            return 512 * self.narrow
        return 16384 / resolution * self.channel_multiplier * self.narrow
