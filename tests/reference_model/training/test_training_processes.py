"""Training in several processes, started as a user would: equal results, kills, wrong use."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import torch
import typer.main
from torch.distributed.run import get_args_parser

from bfrbench.cli.train import app as train_app
from bfrbench.errors import InputError
from bfrbench.pixels import write_png
from bfrbench.reference_model.training.journal import read_journal
from bfrbench.reference_model.training.processes import join

NETWORK = """
[network]
out_size = 64
narrow = 0.03125
num_style_feat = 16
num_mlp = 2
"""
CONFIG = f"""
preset = "gfpgan-release-128"
batch = 8
prior = "trained"
component_width = 0.0625

[schedule]
images = 48
log_every = 8
checkpoint_every = 16
validate_every = 48
{NETWORK}
[weights]
perceptual = 0.0
style = 0.0
identity = 0.0
"""
PRIOR = f"""
batch = 8

[schedule]
images = 48
log_every = 8
checkpoint_every = 48
validate_every = 48
{NETWORK}
[augmentation]
policy = "ada"
"""
pytestmark = pytest.mark.timeout(900)  # each slow case starts Python with torch three to five times
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with faces and configurations, and `single`: what one process made of them."""
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "faces").mkdir()
    random = np.random.default_rng(0)
    for i in range(10):
        coarse = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        write_png(folder / f"faces/{i}.png", coarse.repeat(8, axis=0).repeat(8, axis=1))
    (folder / "gfpgan.toml").write_text(CONFIG)
    (folder / "prior.toml").write_text(PRIOR)
    subprocess.run([sys.executable, *training(folder, "single")], check=True, cwd=folder, env=environment())
    return folder


def training(folder, out, verb="gfpgan", config=None):
    command = ["-m", "bfrbench", "train", verb, "faces", out, "--config", config or f"{verb}.toml"]
    return command + (["--val", "faces"] if verb == "gfpgan" else [])


def environment(**more):
    return os.environ | {"OMP_NUM_THREADS": "1"} | more


def losses(folder):
    speed = "images_per_second"
    return [{name: value for name, value in row.items() if name != speed} for row in read_journal(folder)]


def state(folder):
    networks = torch.load(folder / "checkpoint.pt", weights_only=True)["networks"]
    return {f"{name}.{key}": value for name, of in networks.items() for key, value in of.items()}


def same_but_for_rounding(one, other):
    for row, twin in zip(losses(one), losses(other), strict=True):
        assert row == pytest.approx(twin, rel=1e-4, abs=1e-6)
    weights, twins = state(one), state(other)
    for name, value in weights.items():
        assert (value - twins[name]).abs().max() < 1e-3, name


@pytest.mark.slow
def test_two_processes_train_what_one_trains(work):
    subprocess.run([*TORCHRUN, *training(work, "two")], check=True, cwd=work, env=environment())
    same_but_for_rounding(work / "single", work / "two")


@pytest.mark.slow
def test_two_processes_train_the_prior_that_one_trains(work):
    single = [sys.executable, *training(work, "prior-single", "prior")]
    subprocess.run(single, check=True, cwd=work, env=environment())
    subprocess.run(
        [*TORCHRUN, *training(work, "prior-two", "prior")], check=True, cwd=work, env=environment()
    )
    assert any("path_penalty" in row for row in losses(work / "prior-two"))
    same_but_for_rounding(work / "prior-single", work / "prior-two")


@pytest.mark.slow
@pytest.mark.parametrize("restarts", [0, 1])
def test_a_killed_process_costs_what_followed_the_checkpoint(work, restarts):
    out = work / f"killed-{restarts}"
    command = [*TORCHRUN, "--max-restarts", str(restarts), *training(work, out.name)]
    with subprocess.Popen(command, cwd=work, env=environment()) as run:
        wait_for(out / "checkpoint.pt")
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        [one] = [pid for pid in children if b"\0RANK=1\0" in Path(f"/proc/{pid}/environ").read_bytes()]
        os.kill(int(one), signal.SIGKILL)
    assert (run.returncode == 0) == bool(restarts)
    if not restarts:
        assert losses(out)[-1]["images"] < 48
        subprocess.run(command, check=True, cwd=work, env=environment())
    assert len(list((out / "tensorboard").iterdir())) == 2  # it was begun twice
    same_but_for_rounding(work / "single", out)


def wait_for(path):
    until = time.monotonic() + 600
    while not path.exists():
        assert time.monotonic() < until, f"no {path.name}"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_process_whose_peer_is_killed_says_so(work):
    one, other = two_hosts(work, "lost", "gfpgan.toml", "gfpgan.toml")
    wait_for(work / "lost" / "checkpoint.pt")
    other.kill()
    assert "Error: Rank 0 of 2 processes lost the others" in one.communicate(timeout=600)[1]
    assert one.returncode == 1
    other.communicate()


@pytest.mark.slow
def test_processes_with_other_configurations_are_refused(work):
    (work / "other.toml").write_text(CONFIG.replace("batch = 8", "batch = 4"))
    for run in two_hosts(work, "differ", "gfpgan.toml", "other.toml"):
        errors = run.communicate(timeout=600)[1]
        assert run.returncode == 1
        assert "The processes differ in what they are to train: rank 1 has not what rank 0 has." in errors


def two_hosts(work, out, *configs):
    """One process each, as torchrun would start them on two hosts, but with nobody to end both."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    together = {"WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [
        subprocess.Popen(
            [sys.executable, *training(work, out, config=config)],
            cwd=work,
            env=environment(RANK=str(rank), **together),
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, config in enumerate(configs)
    ]


@pytest.mark.slow
def test_a_slurm_job_of_two_processes_trains_what_one_trains(work):
    pytest.importorskip("submitit")
    options = [
        "--cluster",
        "local",
        "--per-node",
        "2",
        "--cpus",
        "1",
        "--hours",
        "0.2",
        "--logs",
        "jobs",
        "--",
    ]
    job = [sys.executable, "-m", "bfrbench.reference_model.training.slurm", *options]
    subprocess.run([*job, *training(work, "slurm")[3:]], check=True, cwd=work, env=environment())
    same_but_for_rounding(work / "single", work / "slurm")


def test_nobody_to_meet_is_a_sentence(monkeypatch):
    with socket.socket() as taken:  # bound but not listening: nobody answers
        taken.bind(("127.0.0.1", 0))
        alone = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
        for name, value in (alone | {"MASTER_PORT": str(taken.getsockname()[1])}).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(
            InputError, match=r"could not meet the others \(RANK=1, WORLD_SIZE=2, .*127\.0\.0\.1"
        ):
            join("cpu", patience=timedelta(seconds=1))


@pytest.mark.parametrize("verb", ["prior", "gfpgan", "ablation"])
def test_torchrun_leaves_every_option_of_ours_to_us(verb):
    command = typer.main.get_group(train_app).commands[verb]
    ours = [name for option in command.params for name in option.opts if name.startswith("--")]
    words = ["train", verb, "faces", *(word for name in ours for word in (name, "value"))]
    parsed = get_args_parser().parse_args(["--standalone", "-m", "bfrbench", *words])
    assert parsed.training_script_args == words


def test_half_of_what_torchrun_sets_is_a_sentence(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(InputError, match=r"RANK=\(unset\).*Start it with torchrun"):
        join("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_a_sentence():
    with pytest.raises(InputError, match="no device cuda: PyTorch sees 0 GPUs"):
        join("cuda")
