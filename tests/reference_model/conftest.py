"""A small network that tests need no file for."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.seeds import generator, key

SMALL = GfpganConfig(out_size=32, narrow=0.0625, num_style_feat=16, num_mlp=2)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Of a module, so that what its own fixtures compute is computed with one thread too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def denormals_kept() -> Iterator[None]:
    yield
    torch.set_flush_denormal(False)  # `train` turns it on, for the whole process


@pytest.fixture(scope="session")
def make_network() -> Callable[..., GfpganNetwork]:
    """A network drawn from a seed, the same with any version of PyTorch, in which every weight matters."""

    def make(config: GfpganConfig = SMALL) -> GfpganNetwork:
        network = GfpganNetwork(config)
        network.load_state_dict(
            {name: drawn(name, tuple(value.shape)) for name, value in network.state_dict().items()}
        )
        return network.eval()

    return make


def drawn(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    values = generator(key(5, name)).standard_normal(shape)
    if name.endswith("weight") and len(shape) > 1 and "constant" not in name:
        values /= math.sqrt(math.prod(shape[2:] if len(shape) == 5 else shape[1:]))
    elif not name.startswith("stylegan_decoder.noises"):
        values = 0.2 * values + (name.endswith("modulation.bias") or name.startswith("condition_scale"))
    return torch.from_numpy(values.astype(np.float32))
