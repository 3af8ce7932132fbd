"""A GFP-GAN of 32 px, six faces of noise and a trainer: four steps of four images, without judges."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench.degradations.presets import find_preset
from bfrbench.pixels import write_png
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.training import gfpgan, loop
from bfrbench.reference_model.training.config import Adam, GfpganTraining, LossWeights, Schedule
from bfrbench.reference_model.training.pairs import ComponentPairs, validation_pairs
from bfrbench.reference_model.training.processes import Processes
from bfrbench.reference_model.training.restoration_losses import Judges

PRESET = find_preset("gfpgan-release-128")


@pytest.fixture
def faces(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "faces"
    folder.mkdir()
    random = np.random.default_rng(0)
    for i in range(6):
        write_png(folder / f"{i}.png", random.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    return {path.stem: path for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def plain() -> LossWeights:
    """L1 and pyramid alone."""
    return LossWeights(
        l1=1, pyramid=1, perceptual=0, style=0, adversarial=0, component=0, component_style=0, identity=0
    )


@pytest.fixture(scope="session")
def tiny(plain: LossWeights) -> GfpganTraining:
    return GfpganTraining(
        schedule=Schedule(images=16, log_every=4, checkpoint_every=8, validate_every=8),
        preset=PRESET.id,
        network=GfpganConfig(out_size=32, narrow=1 / 32, num_style_feat=16, num_mlp=2),
        batch=4,
        weights=plain,
        component_width=1 / 16,
        generator=Adam(rate=1e-3, beta1=0.9),
    )


@pytest.fixture(scope="session")
def trainer_of() -> Callable[..., gfpgan.GfpganTrainer]:
    def make(config, faces, *, judges=None, prior=None, begun=None):
        return gfpgan.build(
            config,
            ComponentPairs(faces, PRESET, seed=config.seed, landmarks={}),
            judges or Judges(),
            prior=prior,
            vgg=None,
            processes=Processes(),
            device=torch.device("cpu"),
            begun=begun,
        )

    return make


@pytest.fixture(scope="session")
def train(trainer_of) -> Callable[..., gfpgan.GfpganTrainer]:
    """`train(config, faces, folder, start=None, judges=None)`: to the schedule's end."""

    def run(config, faces, folder, *, start=None, **parts):
        trainer = trainer_of(config, faces, **parts)
        lq, hq = validation_pairs(faces, PRESET, most=3)
        loop.train(
            trainer,
            folder,
            config=config,
            schedule=config.schedule,
            batch=config.batch,
            see=lambda: gfpgan.see(trainer, lq, hq, lambda a, b: {"lpips": 1.0}),
            start=start,
        )
        return trainer

    return run
