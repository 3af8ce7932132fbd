"""Batches of pairs: places of the components, faces that break, workers that are killed."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch

from bfrbench.alignment import template
from bfrbench.degradations.presets import find_preset
from bfrbench.errors import UnreadableImage, WorkerDied
from bfrbench.reference_model.losses import components
from bfrbench.reference_model.training.pairs import ComponentPairs, batches
from bfrbench.reference_model.training.processes import Processes

PRESET = find_preset("gfpgan-release-128")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_face_that_breaks_during_training_is_named(faces, workers, tiny, trainer_of):
    faces["3"].write_bytes(b"no picture")
    trainer = trainer_of(dataclasses.replace(tiny, workers=workers), faces)
    with pytest.raises(UnreadableImage, match=r"^\S+3\.png [^\n]*It was whole when the training began"):
        _ = [trainer.step(step, 4 * step) for step in range(3)]  # two epochs


def test_components_lie_on_the_eyes_and_mouth_of_the_template():
    points = torch.tensor(template(512), dtype=torch.float32)[None]
    centres, half_sides = components.from_landmarks(points)
    assert centres[0, 0].tolist() == pytest.approx([193, 240], abs=1)
    assert centres[0, 2].tolist() == pytest.approx([257, 371], abs=1)
    assert half_sides[0].tolist() == pytest.approx([37, 37, 42], abs=2)


def test_components_of_a_mirrored_face_are_mirrored(faces):
    points = template(32) + np.array([[1, 0], [0, 1], [0, 0], [2, 0], [0, 1]])
    pairs = ComponentPairs(faces, PRESET, seed=0, landmarks=dict.fromkeys(faces, points))
    seen = {pairs.faces[i].flipped: pairs[i] for i in range(12)}
    straight, flipped = seen[False], seen[True]
    assert flipped.centres[0, 0, 0] == pytest.approx(32 - float(straight.centres[0, 1, 0]))
    assert flipped.centres[0, 2, 1] == pytest.approx(float(straight.centres[0, 2, 1]))


KILL_A_WORKER = """
import multiprocessing, os, signal, sys
from pathlib import Path
from bfrbench.degradations.presets import find_preset
from bfrbench.errors import WorkerDied
from bfrbench.reference_model.training.pairs import ComponentPairs, batches, telling_of_dead_workers
from bfrbench.reference_model.training.processes import Processes
faces = {path.stem: path for path in Path(sys.argv[1]).glob("*.png")}
pairs = ComponentPairs(faces, find_preset("gfpgan-release-128"), seed=0, landmarks={})
drawn = batches(pairs, seed=0, batch=2, seen=0, processes=Processes(), workers=1)
next(drawn)
try:
    with telling_of_dead_workers():
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        while True:
            next(drawn)
except WorkerDied as error:
    print(error, flush=True)
    os._exit(3)
"""


def test_a_killed_worker_is_a_sentence(faces):
    """In a process of its own: torch raises wherever the main one is by then, pytest's own code too."""
    folder = faces["0"].parent
    command = [sys.executable, "-c", KILL_A_WORKER, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.startswith("A process that degrades faces was killed")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (EOFError(), WorkerDied),
        (ConnectionResetError(104, "Connection reset by peer"), WorkerDied),
        (ConnectionError("Caught ConnectionError in DataLoader worker process 0."), ConnectionError),
    ],
)
def test_a_batch_that_a_killed_worker_took_with_it_is_the_same_sentence(
    faces, monkeypatch, *, raised, expected
):
    """Which of torch's and multiprocessing's errors comes first depends on the load."""

    def loader(*_arguments, **_options):
        raise raised
        yield

    monkeypatch.setattr("bfrbench.reference_model.training.pairs.DataLoader", loader)
    pairs = ComponentPairs(faces, PRESET, seed=0, landmarks={})
    with pytest.raises(expected, match=r"was killed|Caught"):
        next(batches(pairs, seed=0, batch=2, seen=0, processes=Processes(), workers=1))
