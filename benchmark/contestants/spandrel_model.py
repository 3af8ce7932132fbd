"""`spandrel:FILE`: official checkpoints of many architectures, through the spandrel library.

spandrel reads the architecture off the weights' names and loads nothing but tensors. Models for pictures work
in [0, 1]; upscalers' outputs are averaged back to the LQ's size. Face models work in [-1, 1] on 512×512 px,
which spandrel leaves to its caller, and GFP-GAN's noise is the stored one, so that an image gives the same
bytes each time. Licences are those of the official releases; a file of somebody else's may have another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor

from bfrbench.benchmark.contestants.sizes import as_large_as
from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import check_image, from_tensor, to_tensor
from bfrbench.types import Image

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor

FACE_SIZE: Final = 512

# Face models, which spandrel's own call would clip: how to ask them for the image alone, in [-1, 1].
FACE: Final[Mapping[str, Callable[[Any, Tensor], Tensor]]] = {
    "GFPGAN": lambda model, x: model(x, return_rgb=False, randomize_noise=False)[0],
    "RestoreFormer": lambda model, x: model(x)[0],
    "CodeFormer": lambda model, x: model(x, weight=0.5, adain=True)[0],
}

LICENCES: Final[Mapping[str, str]] = {
    "GFPGAN": "Apache-2.0",
    "RestoreFormer": "Apache-2.0",
    "CodeFormer": "S-Lab License 1.0 (non-commercial)",
    "ESRGAN": "BSD-3-Clause (Real-ESRGAN), Apache-2.0 (ESRGAN)",
    "RealCUGAN": "MIT",
    "SwinIR": "Apache-2.0",
    "Swin2SR": "Apache-2.0",
    "HAT": "Apache-2.0",
    "NAFNet": "MIT",
    "SCUNet": "Apache-2.0",
    "DAT": "Apache-2.0",
    "Uformer": "MIT",
}


@dataclass(frozen=True, slots=True)
class SpandrelRestorer:
    """A restorer (see `types.Restorer`) around a spandrel model: one image at a time, one CPU thread."""

    name: str
    model: "ImageModelDescriptor[Any]"
    weights_sha256: Mapping[str, str]
    device: str
    licence: str

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore N images; raises RestorerFailed for sizes that a face model does not take."""
        with reproducible():
            return [self._restore(image) for image in batch]

    def _restore(self, image: Image) -> Image:
        check_image(image, f"an image for {self.name}")
        x = to_tensor([image]).to(self.device)  # [-1, 1]
        architecture = self.model.architecture.id
        if architecture in FACE:
            if image.shape[:2] != (FACE_SIZE, FACE_SIZE):
                raise RestorerFailed(
                    f"{self.name} restores aligned faces of 512×512 px, and this image has "
                    f"{image.shape[1]}×{image.shape[0]}: align or resize it first."
                )
            y = FACE[architecture](self.model.model, x)
        else:
            y = 2.0 * self.model((x + 1.0) / 2.0) - 1.0
        if not y.isfinite().all():
            raise RestorerFailed(f"{self.name} gave values that are infinite or no numbers.")
        return as_large_as(from_tensor(y.float().cpu())[0], image, self.name)


def load_spandrel(path: Path, *, device: str = "cpu") -> SpandrelRestorer:
    """A restorer from a checkpoint that spandrel knows (.pth, .ckpt, .safetensors).

    `functools.partial(load_spandrel, path)` builds it anew in each worker. Raises InputError when the file is
    none that spandrel knows, is damaged, or is no model of RGB images.
    """
    import spandrel  # noqa: PLC0415  # only for such files

    if not path.is_file():
        raise InputError(f"{path} is not a file; it should be a checkpoint (.pth or .safetensors).")
    _add_extra_architectures()
    try:
        model = spandrel.ModelLoader(device).load_from_file(path)
    except Exception as error:  # spandrel, torch and pickle each have their own
        raise InputError(
            f"{path} cannot be loaded through spandrel ({type(error).__name__}: {error}). Its README lists "
            "the kinds that it knows; CodeFormer needs `pip install spandrel-extra-arches`."
        ) from error
    if not isinstance(model, spandrel.ImageModelDescriptor) or model.input_channels != 3:
        raise InputError(
            f"{path} is a model of {model.architecture.name}, which does not restore RGB images."
        )
    model.eval()
    return SpandrelRestorer(
        name=path.stem,
        model=model,
        weights_sha256={path.name: sha256_file(path)},
        device=device,
        licence=LICENCES.get(model.architecture.id, "unknown: see where the file comes from"),
    )


def _add_extra_architectures() -> None:
    """Let spandrel know CodeFormer and others whose code is non-commercial, where they are installed."""
    try:
        import spandrel_extra_arches  # noqa: PLC0415
    except ModuleNotFoundError:
        return
    spandrel_extra_arches.install(ignore_duplicates=True)
