"""Runs that go on: after a kill, from a first stage, with another batch, with a part that was added."""

import dataclasses
import json
import re
import subprocess
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from bfrbench.cli import app
from bfrbench.errors import InputError
from bfrbench.reference_model.state_dict import load_network
from bfrbench.reference_model.training import loop
from bfrbench.reference_model.training.config import GfpganTraining, read_config
from bfrbench.reference_model.training.journal import read_journal
from bfrbench.reference_model.training.restoration_losses import Judges


def test_a_resumed_run_is_the_uninterrupted_one(faces, tmp_path, tiny, train, trainer_of):
    whole = train(tiny, faces, tmp_path / "whole")
    # the schedule's end is part of the configuration, so the first half is run step by step
    first = trainer_of(tiny, faces)
    for step in (0, 1):
        first.step(step, 4 * step)
    loop.make_folder(tmp_path / "halves")
    loop.save(first, tmp_path / "halves" / "checkpoint.pt", loop.Reached(step=2, images=8))
    second = train(tiny, faces, tmp_path / "halves")
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, second.generator.state_dict()[name]), name


def test_a_second_stage_goes_on_from_the_first_with_its_own_configuration(
    faces, tmp_path, tiny, train, trainer_of
):
    train(tiny, faces, tmp_path / "first")
    longer = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, images=24))
    second = trainer_of(longer, faces)
    train(longer, faces, tmp_path / "second", start=tmp_path / "first" / "checkpoint.pt")
    state = torch.load(tmp_path / "second" / "checkpoint.pt", weights_only=True)
    assert state["step"] == 6
    second.optimisers["generator"].load_state_dict(state["optimisers"]["generator"])
    steps = {int(value["step"]) for value in second.optimisers["generator"].state.values()}
    assert steps == {6}
    assert (tmp_path / "second" / "best.pth").is_file()
    with pytest.raises(InputError, match=r"checkpoint\.pt of another run"):
        train(longer, faces, tmp_path / "third", start=tmp_path / "nowhere.pt")
    with pytest.raises(InputError, match=r"has seen 16 images already, .* ends at 16"):
        train(
            dataclasses.replace(tiny, seed=5),
            faces,
            tmp_path / "done",
            start=tmp_path / "first/checkpoint.pt",
        )


def test_a_stage_trains_with_its_own_settings_of_adam(faces, tmp_path, tiny, train, trainer_of):
    first = dataclasses.replace(tiny, prior="trained", prior_rate=0.3)
    train(first, faces, tmp_path / "first")
    own = dataclasses.replace(tiny.generator, beta1=0.5)
    second = trainer_of(dataclasses.replace(first, prior_rate=1.0, generator=own), faces)
    longer = dataclasses.replace(tiny.schedule, images=24)
    loop._resume(second, tmp_path / "nothing", longer, tmp_path / "first/checkpoint.pt")
    groups = second.optimisers["generator"].param_groups
    assert [(group["factor"], group["betas"]) for group in groups] == [(1.0, (0.5, 0.99))] * 2
    moments = [second.optimisers["generator"].state[p] for group in groups for p in group["params"]]
    assert {int(of_one["step"]) for of_one in moments if of_one} == {4}  # what has no gradient has none


@pytest.mark.parametrize(("before", "after"), [("frozen", "trained"), ("trained", "frozen")])
def test_a_stage_may_begin_or_cease_to_train_the_prior(faces, tmp_path, before, after, *, tiny, train):
    train(dataclasses.replace(tiny, prior=before), faces, tmp_path / "first")
    longer = dataclasses.replace(tiny, prior=after, schedule=dataclasses.replace(tiny.schedule, images=24))
    second = train(longer, faces, tmp_path / "second", start=tmp_path / "first/checkpoint.pt")
    moments = second.optimisers["generator"].state_dict()["state"].values()
    assert {int(of_one["step"]) for of_one in moments} == ({6, 2} if after == "trained" else {6})


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("best.pth", "is no checkpoint to train on from"),
        ("damaged", "damaged or cut short"),
        ("a prior's", "holds no components: it is of another kind of training"),
    ],
)
def test_a_file_that_no_stage_can_go_on_from_is_refused(faces, tmp_path, kind, sentence, *, tiny, train):
    train(tiny, faces, tmp_path / "first")
    start = tmp_path / "first/checkpoint.pt"
    if kind == "best.pth":
        start = tmp_path / "first/best.pth"
    elif kind == "damaged":
        start.write_bytes(start.read_bytes()[:-3000])
    else:
        state = torch.load(start, weights_only=True)
        del state["networks"]["components"]
        torch.save(state, start)
    longer = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, images=24))
    with pytest.raises(InputError, match=sentence):
        train(longer, faces, tmp_path / "second", start=start)


def test_a_folder_belongs_to_no_configuration_before_its_first_checkpoint(faces, tmp_path, tiny, train):
    train(tiny, faces, tmp_path / "first")
    with pytest.raises(InputError, match="Set `images`"):
        train(tiny, faces, tmp_path / "second", start=tmp_path / "first/checkpoint.pt")
    longer = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, images=24))
    train(longer, faces, tmp_path / "second", start=tmp_path / "first/checkpoint.pt")
    with pytest.raises(InputError, match="holds a run of another configuration"):
        train(tiny, faces, tmp_path / "second")


def test_a_run_that_began_before_a_setting_was_there_goes_on(faces, tmp_path, tiny, train):
    train(tiny, faces, tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written.pop("recolour") == 0
    (tmp_path / "config.json").write_text(json.dumps(written))
    train(tiny, faces, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["recolour"] == 0
    with pytest.raises(InputError, match="another configuration"):
        train(dataclasses.replace(tiny, recolour=0.1), faces, tmp_path)


def test_the_stages_of_the_model_card_follow_one_another():
    root = Path(__file__).parents[3]
    card = (root / "docs/model-card.md").read_text()
    begun = re.findall(
        r"train gfpgan \S+ (\S+) --config (\S+).*\n(?:.*--(start-from|weights) (\S+)/(?:checkpoint|last))?",
        card,
    )
    assert len(begun) >= 7
    assert [start for *_, start in begun] == ["", *(out for out, *_ in begun[:-1])]
    seen = 0
    for _, config, option, _ in begun:
        images = read_config(Path(config), GfpganTraining).schedule.images
        assert option == "weights" or images > seen  # which begins to count anew
        seen = images


def test_one_command_runs_the_stages_of_the_model_card():
    root = Path(__file__).parents[3]
    making = [
        "make",
        "--dry-run",
        "--assume-old=setup",
        "reference",
        "FACES=faces128",
        "--directory",
        str(root),
    ]
    made = subprocess.run(making, capture_output=True, text=True, check=True).stdout
    card = (root / "docs/model-card.md").read_text().replace("\\\n", " ")
    options = r"runs/(\S+) .*?--config (\S+)|--(prior|start-from|weights) (\S+)|--nproc-per-node (\d)"
    stages = [
        [
            re.findall(options, line)
            for line in text.splitlines()
            if re.search("bfrbench train (prior|gfpgan) f", line)
        ]
        for text in (made, card)
    ]
    assert len(stages[0]) == 12
    assert stages[0] == stages[1]


def test_a_training_may_begin_with_the_weights_of_another(faces, tmp_path, *, tiny, train, trainer_of):
    first = train(tiny, faces, tmp_path / "first")
    begun = load_network(tmp_path / "first/last.pth")
    fresh = trainer_of(tiny, faces, begun=begun)
    for name, value in first.averaged.state_dict().items():
        assert torch.equal(value, fresh.generator.state_dict()[name]), name
        assert torch.equal(value, fresh.averaged.state_dict()[name]), name
    train(tiny, faces, tmp_path / "second", begun=begun)  # the same number of images again
    assert read_journal(tmp_path / "second")[-1]["images"] == tiny.schedule.images
    gated = dataclasses.replace(tiny, network=dataclasses.replace(tiny.network, input_gate=True))
    with pytest.raises(
        InputError, match=r"another: input_gate is False there and True in .*Make them the same"
    ):
        trainer_of(gated, faces, begun=begun)


def test_a_training_does_not_begin_with_two_things_at_once(faces, tmp_path):
    folder = next(iter(faces.values())).parent
    other = tmp_path / "other.pth"
    for option in ("--prior", "--start-from"):
        result = CliRunner().invoke(
            app,
            [
                *("train", "gfpgan", str(folder), str(tmp_path / "run"), "--config", "ablation-128"),
                *("--val", str(folder), "--weights", str(other), option, str(other)),
            ],
        )
        assert isinstance(result.exception, InputError)
        assert "leave out --prior and --start-from" in str(result.exception)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("part", ["full_size_skip", "input_gate"])
def test_a_stage_may_add_a_part_that_does_nothing_yet(faces, tmp_path, part, *, tiny, train, trainer_of):
    first = train(tiny, faces, tmp_path / "first")
    start = tmp_path / "first" / "checkpoint.pt"
    grown = dataclasses.replace(
        tiny,
        network=dataclasses.replace(tiny.network, **{part: True}),
        schedule=dataclasses.replace(tiny.schedule, images=24),
    )
    began = trainer_of(grown, faces)
    assert loop._resume(began, tmp_path / "nothing", grown.schedule, start).images == 16
    for name, value in first.averaged.state_dict().items():
        assert torch.equal(value, began.averaged.state_dict()[name]), name
    second = train(grown, faces, tmp_path / "second", start=start)
    assert all(p.any() for name, p in second.generator.named_parameters() if part in name)
    shrunk = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, images=32))
    with pytest.raises(InputError, match=part):
        train(shrunk, faces, tmp_path / "third", start=tmp_path / "second" / "checkpoint.pt")


@pytest.fixture
def halved(tiny, plain):
    """A stage that goes on from 16 images in batches of half the size, with identity from 20 on."""
    return dataclasses.replace(
        tiny,
        batch=2,
        weights=dataclasses.replace(plain, identity=1.0),
        identity_from=20,
        schedule=dataclasses.replace(tiny.schedule, images=24),
    )


@pytest.mark.parametrize("old", [False, True])
def test_images_count_on_in_a_stage_of_another_batch(faces, tmp_path, old, *, tiny, halved, train):
    train(tiny, faces, tmp_path / "first")
    checkpoint = tmp_path / "first" / "checkpoint.pt"
    if old:  # as written before images were kept
        state = torch.load(checkpoint, weights_only=True)
        del state["images"]
        torch.save(state, checkpoint)
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    second = train(halved, faces, tmp_path / "second", start=checkpoint, judges=judges)
    state = torch.load(tmp_path / "second" / "checkpoint.pt", weights_only=True)
    assert (state["images"], state["step"]) == (24, 4 + 4)
    assert second.feed.at == 24
    with_identity = [row["images"] for row in read_journal(tmp_path / "second") if "identity" in row]
    assert with_identity == [24]  # of 20 and 24; at 16 the first stage had ended
    assert [row["images"] for row in read_journal(tmp_path / "second")] == [20, 24, 24]
    assert sorted(path.name for path in (tmp_path / "second/samples").iterdir()) == ["000000024.png"]


def test_a_stage_of_another_batch_goes_on_exactly_after_a_kill(
    faces, tmp_path, *, tiny, halved, train, trainer_of
):
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    train(tiny, faces, tmp_path / "first")
    start = tmp_path / "first" / "checkpoint.pt"
    whole = train(halved, faces, tmp_path / "whole", start=start, judges=judges)
    half = trainer_of(halved, faces, judges=judges)
    reached = loop._resume(half, tmp_path / "nothing", halved.schedule, start)
    assert reached == loop.Reached(step=4, images=16)
    for i in range(2):
        half.step(reached.step + i, reached.images + 2 * i)
    loop.make_folder(tmp_path / "killed")
    loop.save(half, tmp_path / "killed" / "checkpoint.pt", loop.Reached(step=6, images=20))
    resumed = train(halved, faces, tmp_path / "killed", start=start, judges=judges)
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, resumed.generator.state_dict()[name]), name


def test_an_old_checkpoint_without_its_configuration_is_refused(faces, tmp_path, tiny, trainer_of):
    trainer = trainer_of(tiny, faces)
    state = {"step": 3, "best": 1.0, "numbers": {}, "networks": {}, "optimisers": {}}
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(
        InputError, match=r"config\.json is not there .* the configuration beside checkpoint\.pt"
    ):
        loop._resume(trainer, tmp_path / "out", tiny.schedule, tmp_path / "checkpoint.pt")
