"""`bfrbench export`."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.options import Json


def export(
    model: Annotated[Path, typer.Argument(help="A GFP-GAN checkpoint: official, or trained here.")],
    file: Annotated[Path, typer.Argument(metavar="OUT", help="New file: .safetensors, .onnx or .pth.")],
    prior: Annotated[Path | None, typer.Option(help="StyleGAN2 file, if MODEL lacks its prior.")] = None,
    architecture: Annotated[
        str | None, typer.Option(help="clean, v1 or bilinear, where MODEL cannot tell.")
    ] = None,
    half: Annotated[bool, typer.Option(help="Store weights as float16: half of the bytes.")] = False,
    licence: Annotated[str, typer.Option(help="Of the weights; written into an .onnx file.")] = "",
    as_json: Json = False,
) -> None:
    """Write a GFP-GAN in another format, and check that it gives the same images.

    The new file is run beside the model before it is put in place.

    **Examples**

    `bfrbench export GFPGANv1.4.pth gfpgan-1.4.onnx --licence Apache-2.0`

    `bfrbench restore celeb-test/ runs/onnx -r onnx:gfpgan-1.4.onnx`
    """
    from typing import cast

    from bfrbench.reference_model.export import export as export_network
    from bfrbench.reference_model.original import Architecture
    from bfrbench.reference_model.state_dict import load_network

    network = load_network(model, prior=prior, architecture=cast("Architecture | None", architecture))
    difference = export_network(network, file, licence=licence, half=half)
    if as_json:
        print_json({"file": str(file), "bytes": file.stat().st_size, "difference": difference})
        return
    out.print(f"[bold]{escape(str(file))}[/]: {file.stat().st_size / 1e6:.1f} MB")
    out.print(f"[dim]its images differ from the model's by at most {difference:.1e} of the range -1..1[/]")
