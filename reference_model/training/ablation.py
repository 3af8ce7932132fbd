"""The paper's ablations (Wang et al., CVPR 2021, section 4.4), as changes of one configuration.

Every row trains with the same steps, seeds and faces; only what its name says differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bfrbench.reference_model.training.config import GfpganTraining, LossWeights

Change = Callable[[GfpganTraining], GfpganTraining]


def _weights(**values: float) -> Change:
    return lambda config: replace(config, weights=replace(config.weights, **values))


def _network(*, sft: bool = True, sft_half: bool = True) -> Change:
    return lambda config: replace(config, network=replace(config.network, sft=sft, sft_half=sft_half))


def _l1_only(config: GfpganTraining) -> GfpganTraining:
    nothing = LossWeights(
        l1=0, pyramid=0, perceptual=0, style=0, adversarial=0, component=0, component_style=0, identity=0
    )
    l1 = config.weights.l1 or LossWeights().l1  # a recipe without L1 has the paper's here
    return replace(config, weights=replace(nothing, l1=l1))


ABLATIONS: Mapping[str, Change] = {
    "full": lambda config: config,
    "no-prior": lambda config: replace(config, prior="fresh"),
    "no-sft": _network(sft=False),
    "sft-on-all-channels": _network(sft_half=False),
    "no-pyramid": _weights(pyramid=0),
    "no-components": _weights(component=0, component_style=0),
    "no-identity": _weights(identity=0),
    "l1-only": _l1_only,
}
"""Name of a row → what it changes."""


def rows(config: GfpganTraining, seeds: int) -> dict[str, GfpganTraining]:
    """Every row with every seed, {"no-prior-seed1": its configuration}."""
    return {
        f"{name}-seed{seed}": replace(change(config), seed=seed)
        for name, change in ABLATIONS.items()
        for seed in range(seeds)
    }
