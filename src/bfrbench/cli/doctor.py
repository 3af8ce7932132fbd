"""`bfrbench doctor`."""

import platform
from importlib import metadata

from rich.table import Table

from bfrbench import __version__
from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.options import Json
from bfrbench.cli.weights import found
from bfrbench.parallel import default_workers
from bfrbench.weight_table import WEIGHTS

PACKAGES = ("torch", "torchvision", "numpy", "opencv-python", "pandas", "pyarrow", "pillow", "scikit-image")


def version_of(package: str) -> str:
    """The installed version, or 'missing'."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _how(name: str) -> str:
    """What to do for a file that is not here."""
    row = WEIGHTS[name]
    return f"bfrbench weights get {name}" if row.url else row.by_hand


def doctor(as_json: Json = False) -> None:
    """Say what is installed here, and what will and will not work.

    **Example**

    `bfrbench doctor`
    """
    import torch

    devices = [f"cuda: {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    facts = {
        "bfrbench": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": str(default_workers()),
        "devices": ", ".join([*devices, "cpu"]),
        **{package: version_of(package) for package in PACKAGES},
    }
    # two OpenCV wheels write over one folder: whichever came last wins, file by file
    clash = [
        name for name in ("opencv-python-headless", "opencv-contrib-python") if version_of(name) != "missing"
    ]
    weights = found()
    if as_json:
        print_json({"facts": facts, "weights": weights, "opencv_clash": clash})
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        table.add_row(f"[bold]{name}[/]", escape(value))
    for row in weights:
        state = (
            f"[green]works[/] ({row['found_in']})"
            if row["path"]
            else f"[yellow]weights missing[/]: {escape(_how(str(row['name'])))}"
        )
        table.add_row(f"[bold]{row['used_by']}[/]", state)
    out.print(table)
    if clash:
        out.print(
            f"[red]{' and '.join(clash)} beside opencv-python: uninstall both, then install opencv-python.[/]"
        )
