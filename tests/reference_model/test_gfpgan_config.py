"""The numbers of an architecture: widths, codes, and what fits no network."""

import pytest

from bfrbench.errors import InputError
from bfrbench.reference_model.networks.config import GfpganConfig


@pytest.mark.parametrize(
    ("multiplier", "prior", "unet"),
    [
        (1, [512, 512, 512, 512, 256, 128, 64, 32, 16], [256, 256, 256, 256, 128, 64, 32, 16, 8]),
        (2, [512, 512, 512, 512, 512, 256, 128, 64, 32], [256, 256, 256, 256, 256, 128, 64, 32, 16]),
    ],
)
def test_widths_are_those_of_the_published_networks(
    multiplier: int, prior: list[int], unet: list[int]
) -> None:
    config = GfpganConfig(out_size=1024, channel_multiplier=multiplier)
    assert config.resolutions == (4, 8, 16, 32, 64, 128, 256, 512, 1024)
    assert [config.width(resolution) for resolution in config.resolutions] == prior
    assert [config.unet_width(resolution) for resolution in config.resolutions] == unet


@pytest.mark.parametrize(("size", "codes"), [(32, 8), (256, 14), (512, 16), (1024, 18)])
def test_each_layer_has_a_code(size: int, codes: int) -> None:
    assert GfpganConfig(out_size=size).num_codes == codes


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"out_size": 500}, "out_size is 500"),
        ({"out_size": 2048}, "out_size is 2048"),
        ({"num_mlp": 0}, "num_mlp 0"),
        ({"num_style_feat": 0}, "num_style_feat is 0"),
        ({"narrow": 0.1}, "51.2 channels at 4 px"),
        ({"narrow": 0.03125}, "1 channels at 1024 px"),
        ({"narrow": 0}, "0 channels"),
        ({"narrow": float("nan")}, "nan channels"),
        ({"channel_multiplier": -1}, "-256 channels at 64 px"),
    ],
)
def test_numbers_that_fit_no_network_are_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        GfpganConfig(**{"out_size": 1024, "channel_multiplier": 2, **wrong})  # type: ignore[arg-type]
