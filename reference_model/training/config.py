"""What a training run is, as frozen dataclasses read from TOML.

Counts are in images rather than steps, so that a schedule means the same at any batch size.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from bfrbench.errors import InputError
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.recognisers import Name

Config = TypeVar("Config")
_SHIPPED: Final = Path(__file__).with_name("configs")
# a misspelt name is an error, never a default; nor does a number that is none pass for one
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
Part = Annotated[float, Field(ge=0, le=1)]
"""A probability, or a part of something."""
Beta = Annotated[float, Field(ge=0, lt=1)]
Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Natural = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to train, and how often to look."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    images: Count  # to be seen in all
    log_every: Count = 160
    checkpoint_every: Count = 2_000
    validate_every: Count = 4_000  # samples, scores; the best by score is kept


@dataclass(frozen=True, slots=True)
class Adam:
    """Kingma & Ba (2015)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    rate: Positive = 2e-3
    beta1: Beta = 0.0
    beta2: Beta = 0.99
    warm_up: Natural = 0  # images over which the rate grows from 0
    halve_at: tuple[int, ...] = ()  # images at which the rate is halved, as the paper does
    cosine_to: Part | None = None  # instead: the rate falls to this part of itself along half a cosine
    clip: Positive | None = 10.0  # longest gradient, over all parameters; None: as it is


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to real and generated images alike before the discriminator sees them.

    `diffaugment` (Zhao et al. 2020): always. `ada` (Karras et al. 2020): with a probability that follows
    how well the discriminator knows the training images by heart.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    policy: Literal["none", "diffaugment", "ada"] = "diffaugment"
    colour: Amount = 0.1  # diffaugment: range of brightness; contrast and saturation have twice as much
    translation: Part = 0.125  # diffaugment: part of the side
    cutout: Part = 0.25  # diffaugment: side of the grey square, as a part of the image's
    view: Count | None = None  # px; the discriminator sees the image at this size; None: its own
    close_up: Part = 0.0  # probability that a view is a crop at twice the scale
    target: Annotated[float, Field(ge=-1, le=1)] = 0.6  # ada: mean sign of the scores of real images
    adapt_over: Count = 100_000  # ada: images in which the probability may go from 0 to 1


@dataclass(frozen=True, slots=True)
class TiedCodes:
    """Numbers of z that are eigenface coordinates (see `eigenfaces`); 0 numbers: a plain StyleGAN2.

    Part of each batch has a training face's own coordinates, and should come out like that face; the rest
    has them smoothed, and should come out with the coordinates that it was drawn from. Until the
    discriminator joins in, all of the batch has its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    numbers: Natural = 0
    side: Count = 16  # px of the thumbnails
    weight: Amount = 1.0  # of the difference of coordinates
    smoothing: Part = 0.7  # 0: coordinates of training faces; 1: normal draws
    paired: Part = 0.5  # part of the batch that has a face's own coordinates
    pixels: Amount = 1.0  # weight of its difference to that face
    features: Amount = 1.0  # and of that in what the discriminator sees, once it joins in


@dataclass(frozen=True, slots=True)
class PriorTraining:
    """Everything about the training of a prior, the data apart."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    schedule: Schedule
    network: GfpganConfig = field(default_factory=GfpganConfig)
    seed: int = 0
    batch: Count = 16
    at_once: Count | None = None  # images at once on a device, gradients adding up; None: its whole share
    precision: Literal["float32", "bfloat16"] = "float32"
    discriminator: Literal["projected", "stylegan2"] = "stylegan2"
    generator: Adam = field(default_factory=Adam)
    critic: Adam = field(default_factory=Adam)
    mapping_rate: Amount = 0.01  # of the generator's
    augmentation: Augmentation = field(default_factory=Augmentation)
    tied: TiedCodes = field(default_factory=TiedCodes)
    adversarial: Amount = 1.0  # weight of the discriminator's word
    adversarial_from: Natural = 0  # images after which it has one; before, tied codes alone teach
    mixing: Part = 0.9  # probability that fine layers take a second code
    r1: Amount = 10.0  # stylegan2 discriminator only
    r1_every: Count = 16
    path_length: Amount = 2.0  # 0: none
    path_length_every: Count = 4
    average_over: Count = 5_000  # images after which a weight counts half in the averaged generator


@dataclass(frozen=True, slots=True)
class LossWeights:
    """The paper's, as its released configuration has them (Wang et al., CVPR 2021, equation 8)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    l1: Amount = 0.1
    psnr: Amount = 0.0  # of minus the PSNR in dB; not the paper's
    pyramid: Amount = 1.0
    perceptual: Amount = 1.0
    style: Amount = 50.0
    adversarial: Amount = 0.1
    component: Amount = 1.0
    component_style: Amount = 200.0
    identity: Amount = 10.0


@dataclass(frozen=True, slots=True)
class GfpganTraining:
    """Everything about the training of a GFP-GAN, the data apart."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    schedule: Schedule
    preset: str = "gfpgan-release"  # of the degradations; its ranges are meant for one size of face
    also: Mapping[str, float] = field(default_factory=dict)  # other presets: {name: part of the LQs}
    mild: Part = 0.0  # part of the LQs that lie anywhere between the truth and what the preset made of it
    recolour: Amount = 0.0  # LQ and HQ alike: range of brightness; contrast and saturation have twice as much
    network: GfpganConfig = field(default_factory=GfpganConfig)
    seed: int = 0
    batch: Count = 12
    at_once: Count | None = None
    workers: Natural = 0  # processes that degrade, for each device
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = False  # the generator's maps in that order: faster with AVX-512
    weights: LossWeights = field(default_factory=LossWeights)
    pyramid_until: Natural | None = 600_000  # images; the paper drops this loss after 50,000 steps of 12
    adversarial_from: Natural = 0  # images after which the discriminators join in
    identity_from: Natural = 0  # images after which the identity loss counts: faces must be faces first
    recognisers: Annotated[Mapping[Name, Positive], Field(min_length=1)] = field(
        default_factory=lambda: {"fr-feature": 1.0}
    )
    """Whom the identity loss asks: {recogniser: how much its cosine counts among theirs}."""
    perceptual_side: Count | None = None  # px; features of images halved down to it; None: of the whole
    perceptual_close_up: Part = 0.0  # part of the images that are cut to that side instead
    prior: Literal["frozen", "trained", "fresh"] = "frozen"
    prior_rate: Amount = 1.0  # of the generator's, where the prior is trained
    discriminator: Literal["projected", "stylegan2"] = "stylegan2"
    component_width: Positive = 1.0  # factor on the component discriminators' channels
    generator: Adam = field(default_factory=Adam)
    critic: Adam = field(default_factory=Adam)
    components: Adam = field(default_factory=lambda: Adam(beta1=0.9))
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(policy="none"))
    identity_view: Augmentation = field(default_factory=lambda: Augmentation(policy="none"))
    """Done to restored and truth alike before the identity loss' recogniser sees them; not the paper's."""
    r1: Amount = 10.0
    r1_every: Count = 16
    average_over: Count = 3_750  # images: the paper's decay of .9978 at a batch of 12


def read_config(path: Path, kind: type[Config]) -> Config:
    """Read a TOML file, or by its name (gfpgan-128) one of those that come with bfrbench.

    Raises InputError, naming the entry, for anything but a whole, valid one.
    """
    shipped = _SHIPPED / f"{path.stem if path.suffix == '.toml' else path.name}.toml"
    if not path.exists() and path.parent == Path() and shipped.is_file():
        path = shipped
    elif not path.exists():
        names = ", ".join(sorted(file.stem for file in _SHIPPED.glob("*.toml")))
        raise InputError(
            f"{path} is neither a TOML file nor a configuration that comes with bfrbench: {names}."
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML file: {error}.") from error
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{path} is no training configuration: {place}: {first['msg']}.") from error
