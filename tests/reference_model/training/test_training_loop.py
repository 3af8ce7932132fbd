"""The prior's trainer at 32 px and the loop around it: resuming, stopping, saving."""

import dataclasses
import errno
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench import files
from bfrbench.cli.train import app
from bfrbench.degradations.dataset import make_dataset
from bfrbench.errors import BfrError, InputError, OutputError, TrainingStopped
from bfrbench.pixels import write_png
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.state_dict import load_prior
from bfrbench.reference_model.training import loop, prior
from bfrbench.reference_model.training.config import Adam, Augmentation, PriorTraining, Schedule, TiedCodes
from bfrbench.reference_model.training.faces import Faces, list_packed, load_faces
from bfrbench.reference_model.training.journal import read_journal
from bfrbench.reference_model.training.processes import Processes

TINY = PriorTraining(
    schedule=Schedule(images=40, log_every=8, checkpoint_every=16, validate_every=24),
    network=GfpganConfig(out_size=32, narrow=1 / 32, num_style_feat=16, num_mlp=2),
    batch=8,
    generator=Adam(rate=1e-3),
    critic=Adam(rate=1e-3),
    augmentation=Augmentation(policy="ada", adapt_over=200),
    tied=TiedCodes(numbers=4, side=8),
    r1_every=2,
    path_length_every=2,
)


@pytest.fixture(scope="module")
def faces():
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    return Faces(tuple(f"face-{i}" for i in range(12)), pixels)


def trainer_of(config, faces):
    return prior.build(config, faces, vgg=None, processes=Processes(), device=torch.device("cpu"))


def train(config, faces, folder, *, see=None, trainer=None):
    trainer = trainer or trainer_of(config, faces)
    see = see or (lambda: prior.see(trainer, lambda _: {"frechet": 1.0}, people=4))
    loop.train(trainer, folder, config=config, schedule=config.schedule, batch=config.batch, see=see)
    return trainer


def weights(trainer):
    return {
        f"{name}.{key}": value
        for name, network in trainer.networks().items()
        for key, value in network.state_dict().items()
    }


@pytest.fixture(scope="module")
def whole(faces, tmp_path_factory):
    """An uninterrupted run: its trainer and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    return train(TINY, faces, folder), folder


class Killed(Exception):
    pass


def killed(trainer, monkeypatch):
    raise Killed


def a_loss_that_is_no_number(trainer, monkeypatch):
    return {"generator": float("nan"), "discriminator": 1.0}


def a_disk_that_is_full(trainer, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.tempfile, "mkstemp", full)
    return trainer.step(3, 24)


FAULTS = {
    killed: (Killed, None),
    a_loss_that_is_no_number: (TrainingStopped, "After 24 images .* no finite numbers: generator"),
    a_disk_that_is_full: (OutputError, "disk is full: could not write .*Free some space"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_goes_on_exactly_after(whole, faces, tmp_path, monkeypatch, fault):
    error, sentence = FAULTS[fault]
    trainer = trainer_of(TINY, faces)

    class Interrupted:
        networks, optimisers, numbers = trainer.networks, trainer.optimisers, trainer.numbers

        def step(self, step, seen):
            return fault(trainer, patch) if step == 3 else trainer.step(step, seen)

    with monkeypatch.context() as patch, pytest.raises(error, match=sentence):
        loop.train(
            Interrupted(),
            tmp_path,
            config=TINY,
            schedule=TINY.schedule,
            batch=TINY.batch,
            see=lambda: prior.see(trainer, lambda _: {"frechet": 1.0}, people=4),
        )
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["images"] == 16
    resumed = train(TINY, faces, tmp_path)

    for name, value in weights(whole[0]).items():
        assert torch.equal(value, weights(resumed)[name]), name
    assert whole[0].numbers == resumed.numbers
    assert _without_speed(whole[1]) == _without_speed(tmp_path)
    assert not list(tmp_path.glob(".writing-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_journal_that_cannot_be_written_is_a_sentence(faces, tmp_path):
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"disk is full: could not write \S+log\.jsonl"):
        train(TINY, faces, tmp_path)


def _without_speed(folder):
    rows = read_journal(folder)
    return [{name: value for name, value in row.items() if name != "images_per_second"} for row in rows]


def test_a_finished_run_is_left_alone(faces, tmp_path):
    train(TINY, faces, tmp_path)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    train(TINY, faces, tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_folder_of_another_run_is_refused(faces, tmp_path):
    train(TINY, faces, tmp_path)
    with pytest.raises(InputError, match="another configuration"):
        train(dataclasses.replace(TINY, seed=1), faces, tmp_path)


def test_the_resolved_configuration_and_a_sheet_lie_beside_the_run(faces, tmp_path):
    train(TINY, faces, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["average_over"] == PriorTraining(schedule=TINY.schedule).average_over
    assert sorted(p.name for p in (tmp_path / "samples").iterdir()) == ["000000024.png", "000000040.png"]
    assert (tmp_path / "best.pth").is_file()


def test_a_gradient_that_is_no_number_stops_training_before_it_spoils_the_weights(faces, tmp_path):
    trainer = trainer_of(TINY, faces)
    with torch.no_grad():
        next(trainer.critic.network.parameters()).fill_(float("nan"))
    before = {name: value.clone() for name, value in trainer.generator.state_dict().items()}
    with pytest.raises(BfrError, match=r"no finite|broken down"):
        train(TINY, faces, tmp_path, trainer=trainer)
    for name, value in trainer.generator.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_full_disk_leaves_the_last_checkpoint_whole(faces, tmp_path, monkeypatch):
    config = dataclasses.replace(TINY, schedule=Schedule(images=16, checkpoint_every=8, validate_every=99))
    trainer = trainer_of(config, faces)
    loop.save(trainer, tmp_path / "checkpoint.pt", loop.Reached(1, 8, 2.0))
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.tempfile, "mkstemp", full)
    with pytest.raises(OutputError, match="disk is full"):
        loop.save(trainer, tmp_path / "checkpoint.pt", loop.Reached(2, 16, 1.0))
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_line_cut_short_by_a_kill_is_taken_out_of_the_journal(faces, tmp_path):
    train(TINY, faces, tmp_path)
    log = tmp_path / "log.jsonl"
    whole = log.read_text()
    log.write_text(whole + '{"images": 4')
    train(TINY, faces, tmp_path)
    assert log.read_text() == whole


def test_faces_are_drawn_once_an_epoch_whatever_the_batch(faces):
    assert sorted(faces.order(0, 0, 12)) == list(range(12))
    order = faces.order(0, 0, 40)
    pieces = np.concatenate([faces.order(0, start, 8) for start in range(0, 40, 8)])
    assert (order == pieces).all()


def test_a_corrupt_image_is_named_before_anything_is_trained(tmp_path):
    write_png(tmp_path / "good.png", np.zeros((32, 32, 3), dtype=np.uint8))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    hq = {name: tmp_path / f"{name}.png" for name in ("good", "bad")}
    with pytest.raises(InputError, match=r"bad\.png \(unreadable\)"):
        load_faces(hq, 32)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("verb", ["prior", "gfpgan", "ablation"])
def test_every_bad_face_is_named_before_the_first_step(tmp_path, verb, packed):
    folder = tmp_path / "faces"
    folder.mkdir()
    for i in range(14):
        write_png(folder / f"{i:02d}.png", np.zeros((32, 32, 3), dtype=np.uint8))
    for i in range(1, 13):
        (folder / f"{i:02d}.png").write_bytes((folder / "00.png").read_bytes()[:60])
    write_png(folder / "13.png", np.zeros((16, 32, 3), dtype=np.uint8))
    (tmp_path / "good").mkdir()
    write_png(tmp_path / "good/a.png", np.zeros((32, 32, 3), dtype=np.uint8))
    faces = _packed(folder) if packed else folder
    config = tmp_path / "tiny.toml"
    config.write_text("[schedule]\nimages = 8\n[network]\nout_size = 32\nnarrow = 0.03125\n")
    command = [verb, str(faces), str(tmp_path / "out"), "--config", str(config)]
    command += [] if verb == "prior" else ["--val", str(tmp_path / "good")]
    command += ["--prior", str(tmp_path / "none.pth")] if verb == "ablation" else []
    count = 14 if verb == "prior" else 15
    sentence = rf"^13 of {count} faces are no whole images of 32×32: 01\.png \(unreadable\), .* and 3 more\."
    with pytest.raises(InputError, match=sentence) as raised:
        app(command, standalone_mode=False)
    assert str(raised.value).count(".png") == 10
    assert not (tmp_path / "out").exists()


def _packed(folder):
    tar = folder.with_suffix(".tar")
    with tarfile.open(tar, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, path.name)
    return tar


def test_a_tar_cut_short_is_refused(tmp_path):
    write_png(tmp_path / "a.png", np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    tar = _packed(tmp_path)
    tar.write_bytes(tar.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"cannot be read as a tar|unreadable"):
        load_faces(list_packed(tar), 64)


def test_faces_of_one_tar_are_those_of_the_folder(tmp_path):
    for i in range(3):
        write_png(tmp_path / f"{i}.png", np.full((32, 32, 3), i, dtype=np.uint8))
    (tmp_path / "index.csv").write_text("file,split\n0.png,train\n1.png,val\n2.png,train\n")
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        for path in [*sorted(tmp_path.glob("*.png")), tmp_path / "index.csv"]:
            archive.add(path, path.name)
    packed = load_faces(list_packed(tmp_path / "faces.tar", split="train"), 32)
    assert packed.names == ("0", "2")
    assert packed.pixels[:, 0, 0, 0].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (["faces/a.png"], "a face in a folder"),
        (["a.png", "a.webp"], r"both a\.png and a\.webp"),
        (["notes.txt", "._a.png"], "holds no face"),
    ],
)
def test_a_tar_that_cannot_be_read_as_meant_is_refused(tmp_path, members, sentence):
    write_png(tmp_path / "a.png", np.zeros((32, 32, 3), dtype=np.uint8))
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        for name in members:
            archive.add(tmp_path / "a.png", name)
    with pytest.raises(InputError, match=sentence):
        list_packed(tmp_path / "faces.tar")


def test_an_index_that_is_named_counts_more_than_that_in_the_tar(tmp_path):
    folder = tmp_path / "faces"
    folder.mkdir()
    for i in range(3):
        write_png(folder / f"{i}.png", np.zeros((32, 32, 3), dtype=np.uint8))
    (folder / "index.csv").write_text("file,split\n0.png,train\n1.png,val\n2.png,train\n")
    (tmp_path / "other.csv").write_text("file,split\n0.png,val\n1.png,train\n2.png,val\n")
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        archive.add(folder, ".")  # as `tar cf faces.tar -C faces .`
    assert list(list_packed(tmp_path / "faces.tar", split="train")) == ["0", "2"]
    assert list(list_packed(tmp_path / "faces.tar", tmp_path / "other.csv", "train")) == ["1"]
    assert len(load_faces(list_packed(tmp_path / "faces.tar"), 32)) == 3
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        list_packed(tmp_path / "faces.tar", tmp_path / "nowhere.csv", "train")


def test_a_prior_that_nobody_would_teach_is_refused(faces):
    trainer = trainer_of(dataclasses.replace(TINY, adversarial_from=8, tied=TiedCodes()), faces)
    with pytest.raises(InputError, match="Nothing teaches this prior after 0 images"):
        trainer.step(0, 0)


def test_ada_waits_until_the_discriminator_joins_in(faces):
    trainer = trainer_of(dataclasses.replace(TINY, adversarial_from=8), faces)
    assert "real_sign" not in trainer.step(0, 0)
    assert "real_sign" in trainer.step(1, 8)


@pytest.mark.parametrize("resample", ["bilinear", "fir"])
def test_a_prior_is_read_with_the_resampling_that_it_was_trained_with(faces, tmp_path, resample):
    network = dataclasses.replace(TINY.network, resample=resample, channel_multiplier=1)
    trainer = trainer_of(dataclasses.replace(TINY, network=network), faces)
    prior.see(trainer, lambda _: {"frechet": 1.0}, people=1).weights(tmp_path / "prior.pth")
    loaded = load_prior(tmp_path / "prior.pth")
    assert loaded.config.resample == resample
    codes = trainer.averaged.codes(torch.ones(1, 16))
    torch.testing.assert_close(loaded(codes), trainer.averaged(codes))


def test_an_index_is_of_the_faces_where_a_data_set_is_validated_on(tmp_path, monkeypatch):
    folder = tmp_path / "faces"
    folder.mkdir()
    for name in "ab":
        write_png(folder / f"{name}.png", np.zeros((32, 32, 3), dtype=np.uint8))
    (tmp_path / "index.csv").write_text("file,split\na.png,train\nb.png,val\n")
    make_dataset(folder, tmp_path / "data", preset="gfpgan-release-128")
    found = []

    def stop(_settings, hq, val, *_):
        found.extend((hq, val))
        raise InputError("That is enough.")

    monkeypatch.setattr("bfrbench.cli.train._begin", stop)
    command = ["gfpgan", str(folder), str(tmp_path / "out"), "--config", "gfpgan-128", "--split", "train"]
    for val, split in ((tmp_path / "data", []), (folder, ["--val-split", "val"])):
        given = [*command, "--index", str(tmp_path / "index.csv"), "--val", str(val), *split]
        with pytest.raises(InputError, match="enough"):
            app(given, standalone_mode=False)
    assert [list(faces) for faces in found] == [["a"], ["a", "b"], ["a"], ["b"]]


def test_a_frozen_prior_that_nobody_trained_is_refused(tmp_path):
    (tmp_path / "faces").mkdir()
    write_png(tmp_path / "faces/a.png", np.zeros((32, 32, 3), dtype=np.uint8))
    config = tmp_path / "tiny.toml"
    config.write_text("[schedule]\nimages = 8\n[network]\nout_size = 32\nnarrow = 0.03125\n")
    faces = str(tmp_path / "faces")
    command = ["gfpgan", faces, str(tmp_path / "out"), "--config", str(config), "--val", faces]
    with pytest.raises(InputError, match="name a trained one by --prior"):
        app(command, standalone_mode=False)


def test_the_averaged_weights_are_the_golden_ones(shared):
    from bfrbench.reference_model.training.optimiser import average

    arrays = np.load(shared / "golden" / "losses" / "losses.npz")
    expected = json.loads((shared / "golden" / "losses" / "losses.json").read_text())["ema"]
    into, of = torch.nn.Linear(5, 3), torch.nn.Linear(5, 3)
    into.load_state_dict({k: torch.from_numpy(arrays[f"ema_start_{k[0]}"]) for k in ("weight", "bias")})
    for step in range(expected["steps"]):
        of.load_state_dict(
            {k: torch.from_numpy(arrays[f"ema_online_{k[0]}"][step]) for k in ("weight", "bias")}
        )
        average(into, of, expected["decay"])
    for key in ("weight", "bias"):
        wanted = torch.from_numpy(arrays[f"ema_end_{key[0]}"])
        torch.testing.assert_close(into.state_dict()[key], wanted, rtol=0, atol=1e-6)
