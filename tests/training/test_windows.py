"""Windows: training sees a random part of a sample, and the same part of the maps with it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.assembly.parts import JointPart
from mmgan_core.assembly.window import Window, drawn_changes
from mmgan_core.assembly.windows import refuse_joint_maps
from mmgan_core.data.feed import Batch, open_splits
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.moving import data_augmented
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer

Small = Callable[..., Recipe]

UNET = {"use": "image/unet", "follow": True, "width": 4, "levels": 1, "style_dim": 8}
WINDOWED: dict[str, Any] = {
    "given": {
        "small": {
            "modality": {"use": "image/image", "channels": 1, "height": 4, "width": 4},
            "column": "image",
            "encoder": "image/pixels",
        }
    },
    "align": None,
    "prior": None,
    "fusion": {"use": "core/concatenation", "drop": 0, "drop_all": 0},
    "make.image.modality": {"channels": 1, "height": 16, "width": 16},
    "make.image.generator": UNET,
    "make.image.discriminator": {"use": "image/patch", "width": 4, "follow": True, "layers": 1},
    "make.image.augment": [],
    "make.image.window": 8,
}


def windowed(small: Small, **changes: Any) -> Recipe:
    chosen = {key.replace("__", "."): value for key, value in changes.items()}
    # Dotted changes are written into what they change.
    widths = {"make.image.generator.width": 4, "make.image.discriminator.width": 4}
    return small(**deepcopy({**WINDOWED, **widths, **chosen}))


def opened(recipe: Recipe) -> Trainer:
    blueprint, _ = open_recipe(recipe)
    networks = Networks(blueprint)
    feed = open_splits(blueprint, networks.gan)[1]
    return Trainer(blueprint, networks, feed, Processes(cpu=True))


def window(**changes: Any) -> Window:
    """A window of 2 x 4 of samples (3, 4, 8) on cells of 1 x 2."""
    return replace(Window("image", (3, 4, 8), (3, 2, 4), (1, 2), (4, 4)), **changes)


def places(height: int, width: int, times: int = 1) -> Tensor:
    """Two rows of numbers that say where they stand: 100 down + across, in numbers of a sample."""
    down, across = torch.arange(height) * times, torch.arange(width) * times
    return (100 * down[:, None] + across).expand(2, 1, -1, -1)


def test_a_window_is_cut_where_it_begins() -> None:
    change = window().change([torch.tensor([0, 2]), torch.tensor([1, 2])])
    cut = change(places(4, 8))
    assert cut[0, 0].tolist() == [[2, 3, 4, 5], [102, 103, 104, 105]]
    assert cut[1, 0].tolist() == [[204, 205, 206, 207], [304, 305, 306, 307]]


@pytest.mark.parametrize("grid", [(4, 4), (8, 16), (4, 8)])
def test_maps_of_any_scale_are_cut_at_the_place_of_the_sample(grid: tuple[int, int]) -> None:
    """Every place of a map covers the same numbers of the sample before and after the cut."""
    found = window()
    change = found.change([torch.tensor([0, 2]), torch.tensor([1, 2])])
    assert change.move is not None
    height, width = grid
    numbers = torch.stack(
        [
            (torch.arange(height) * 4 / height)[:, None].expand(grid),
            (torch.arange(width) * 8 / width).expand(grid),
        ]
    )
    cut = change.move(numbers.expand(2, -1, -1, -1))
    assert cut.shape[2:] == found.map_shape(grid) == (height // 2, width // 2)
    sample = change(places(4, 8))[:, 0, 0, 0]
    assert (100 * cut[:, 0, 0, 0] + cut[:, 1, 0, 0]).tolist() == sample.tolist() == [2, 204]


def test_maps_along_time_alone_are_cut_with_a_canvas() -> None:
    """A canvas (1, bands, frames) of which frames are free follows maps (frames,)."""
    canvas = Window("audio", (1, 5, 12), (1, 5, 4), (2,), (6,))
    change = canvas.change([torch.tensor([1, 4])])
    assert change.move is not None
    times = torch.arange(12).expand(2, 1, 5, 12)
    assert change(times)[:, 0, 0].tolist() == [[2, 3, 4, 5], [8, 9, 10, 11]]
    assert change.move(torch.arange(6).expand(2, 1, 6)).tolist() == [[[1, 2]], [[4, 5]]]
    assert change.move(torch.arange(12).expand(2, 7, 5, 12)).shape == (2, 7, 5, 4)
    assert (canvas.map_shape((6,)), canvas.map_shape((5, 12))) == ((2,), (5, 4))


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_what_is_cut_lies_in_memory_as_before(layout: torch.memory_format) -> None:
    sample = torch.rand(2, 3, 4, 8).contiguous(memory_format=layout)
    change = window().change([torch.tensor([0, 2]), torch.tensor([1, 2])])
    assert change(sample).is_contiguous(memory_format=layout)


def test_every_place_is_drawn_in_every_row_alike() -> None:
    torch.manual_seed(0)
    down, across = window().drawn(4_000, torch.device("cpu"))
    for first in (down, across):
        shares = first.bincount(minlength=3) / 4_000
        assert len(shares) == 3, "a window of 2 of 4 cells begins at one of three"
        assert (shares - 1 / 3).abs().max() < 0.03
    pairs = (3 * down + across).bincount(minlength=9) / 4_000
    assert (pairs - 1 / 9).abs().max() < 0.02, "the axes are independent"


def test_made_entries_get_one_place_unless_they_have_other_cells() -> None:
    half = window(whole=(1, 8, 16), shape=(1, 4, 8))
    windows = {"one": window(), "two": half, "other": window(column="else", cells=(4, 8))}
    real = {
        "one": torch.stack([places(4, 8)[0]] * 64),
        "two": torch.stack([places(8, 16)[0]] * 64),
        "other": torch.stack([places(4, 8)[0]] * 64),
    }
    torch.manual_seed(0)
    cut = {n: change(real[n])[:, 0, 0, 0] for n, change in drawn_changes(windows, real).items()}
    assert torch.equal(2 * cut["one"], cut["two"])
    assert not torch.equal(cut["one"], cut["other"])


def pairs_seen(trainer: Trainer) -> list[tuple[Tensor, Tensor]]:
    """What the discriminator saw in a step: samples, and what was given with each."""
    seen: list[tuple[Tensor, Tensor]] = []

    def note(module: torch.nn.Module, inputs: tuple[Any, ...]) -> None:
        sample, condition = inputs
        seen.append((sample.detach().clone(), condition.maps[:, :1].detach().clone()))

    trainer.gan.discriminators["image"].register_forward_pre_hook(note)
    trainer.train_step()
    return seen


def same_place(sample: Tensor, given: Tensor) -> bool:
    """Whether each place of what is given is the mean of the sample's numbers there."""
    size = sample.shape[2] // given.shape[2]
    means = torch.nn.functional.avg_pool2d(sample, size)
    return bool((means - given).abs().max() < 0.05)


def averaging(trainer: Trainer) -> Trainer:
    """Its given pictures are the means of 4 x 4 pixels of the sample, exactly."""
    batch_of = trainer.feed.batch

    def batch(*arguments: Any) -> Batch:
        found = batch_of(*arguments)
        small = torch.nn.functional.avg_pool2d(found.real["image"], 4)
        prepared = ((small + 1) * 127.5).round().to(torch.uint8)
        return replace(found, given={"small": {"prepared": prepared}})

    trainer.feed.batch = batch  # type: ignore[method-assign]
    return trainer


FLIP = {"use": "image/geometry", "policy": ["flip"]}


@pytest.mark.parametrize("augment", [[], [FLIP]])
def test_the_discriminator_sees_a_window_and_what_was_given_there(small: Small, augment) -> None:
    trainer = averaging(opened(windowed(small, make__image__data_augment=augment)))
    seen = pairs_seen(trainer)
    assert {sample.shape[1:] for sample, _ in seen} == {(1, 8, 8)}
    assert {given.shape[1:] for _, given in seen} == {(1, 2, 2)}
    assert same_place(*seen[0]), "the first that it sees are real"


def test_a_cut_of_the_maps_that_is_one_place_off_is_seen(small: Small, monkeypatch) -> None:
    """The test above would notice: here the maps are cut where the scale of the sample says."""
    change = Window.change

    def off(self: Window, first: Any) -> Any:
        found = change(self, first)
        other = change(
            self, [(cell + 1) % (n - 1) for cell, n in zip(first, self.cells, strict=True)]
        )
        return replace(found, move=other.move)

    monkeypatch.setattr(Window, "change", off)
    trainer = averaging(opened(windowed(small)))
    assert not same_place(*pairs_seen(trainer)[0])


def test_the_generator_makes_windows_of_what_is_given_there(small: Small) -> None:
    recipe = windowed(small, make__image__auxiliary_losses=["objectives/reconstruction"])
    trainer = averaging(opened(recipe))
    shapes: list[Any] = []

    def enlarged(noise: Tensor, condition: Any) -> Tensor:
        shapes.append(condition.maps.shape)
        enlarged: Tensor = condition.maps[:, :1].repeat_interleave(4, 2).repeat_interleave(4, 3)
        return enlarged

    trainer.gan.generators["image"].forward = enlarged
    batch = trainer.batch(1, 0)
    _, metrics = trainer.phases.generator(batch, {"image": torch.zeros(16, 64)}, step=0, samples=0)
    small_enough = (batch.real["image"] - batch.real["image"].mean()).abs().mean()
    assert metrics["image/auxiliary"] < 0.6 * small_enough
    assert set(shapes) == {(16, 2, 2, 2)}


def test_recipes_without_windows_draw_nothing_and_move_nothing(small: Small) -> None:
    trainer = opened(windowed(small, make__image__window=None))
    batch = trainer.batch(0, 0)
    before = torch.get_rng_state()
    same = data_augmented(batch, torch.nn.ModuleDict(), 0, trainer.phases.game.conditions.windows)
    assert torch.equal(before, torch.get_rng_state())
    assert not same.moves
    assert same.real["image"] is batch.real["image"]


def test_a_run_with_windows_goes_on_exactly_where_it_stopped(small: Small, tmp_path) -> None:
    recipe = windowed(small, make__image__data_augment=[FLIP])
    train(recipe, tmp_path / "whole", cpu=True)
    half = windowed(small, make__image__data_augment=[FLIP], train__samples=64)
    train(half, tmp_path / "parts", cpu=True)
    train(recipe, tmp_path / "parts", resume=True, cpu=True)
    name = "checkpoints/000000000128/weights.safetensors"
    whole, parts = ((tmp_path / run / name).read_bytes() for run in ("whole", "parts"))
    assert whole == parts


CONV = {"use": "image/conv", "dim": 8, "width": 4}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"make.image.window": 6}, r"make\.image\.window: 6 is not a multiple of 4"),
        ({"make.image.window": 20}, "a window of 20 is longer than a sample, 16"),
        ({"make.image.window": [8, 8, 8]}, "are cut along 2 axes, not 3"),
        ({"make.image.generator": {"use": "image/dcgan"}}, "image/dcgan makes samples of one size"),
        ({"make.image.generator": {**UNET, "levels": 9}}, "9 halvings leave nothing"),
        ({"given.small.encoder": CONV}, r"image/conv \(given\.small\.encoder\) cannot be cut"),
    ],
)
def test_what_cannot_be_cut_is_refused(small: Small, changes: Any, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        open_recipe(windowed(small, **changes))[0].build()


@pytest.mark.parametrize(("key", "value"), [("repair", {}), ("inference", CONV)])
def test_what_works_on_whole_samples_is_refused(small: Small, key: str, value: Any) -> None:
    with pytest.raises(RecipeError, match=rf"make\.image\.window: {key} works on whole samples"):
        windowed(small, **{f"make__image__{key}": value})


PICTURE = {"use": "image/image", "channels": 1, "height": 16, "width": 16}
OTHER: dict[str, Any] = {
    "modality": PICTURE,
    "column": "image",
    "generator": UNET,
    "auxiliary_losses": ["objectives/reconstruction"],
}


def test_windows_of_one_column_on_other_grids_are_the_same_part(small: Small) -> None:
    """16 and 32 pixels beside maps of 4 x 4: cells of 4 and of 8 pixels."""
    large = {"modality": {**PICTURE, "height": 32, "width": 32}, "window": [16, 16]}
    blueprint, _ = open_recipe(windowed(small, make__large={**OTHER, **large}))
    networks = Networks(blueprint)
    windows = blueprint.windows(networks.gan.spaces)
    assert [w.steps for w in windows.values()] == [(4, 4), (8, 8)]
    assert [w.long for w in windows.values()] == [(2, 2), (2, 2)]
    assert networks.gan.generator("large").condition.map_shape == (2, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"make__large": {**OTHER, "window": 12}}, r"make\.large\.window: it is another part of"),
        (
            {
                "make__word": {
                    "modality": "core/label",
                    "column": "label",
                    "generator": "core/dense",
                    "auxiliary_losses": ["objectives/reconstruction"],
                    "window": 2,
                }
            },
            r"make\.word\.window: every sample of label has the same size",
        ),
    ],
)
def test_windows_that_do_not_belong_together_are_refused(
    small: Small, changes: Any, message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        open_recipe(windowed(small, **changes))[0].build()


def test_a_joint_discriminator_that_follows_maps_is_refused_beside_windows(small: Small) -> None:
    blueprint, _ = open_recipe(windowed(small))
    joint: Any = torch.nn.Module()
    part = JointPart(("image",), blueprint.make["image"].discriminators("image")[0])
    blueprint = replace(blueprint, joint={"both": part})
    joint.reads = frozenset({"pooled"})
    refuse_joint_maps(blueprint, "both", joint)
    joint.reads = frozenset({"maps"})
    with pytest.raises(RecipeError, match=r"joint\.both\.discriminator: it follows the maps"):
        refuse_joint_maps(blueprint, "both", joint)


def test_padding_is_mirrored_and_cut_with_the_samples(small: Small) -> None:
    """The right half of every sample is padding; what is cut says so of its own places."""
    padded = {"use": "image/image", "channels": 1, "fit": "pad"}
    trainer = opened(
        windowed(
            small,
            given__small__modality={**padded, "height": 4, "width": 4},
            make__image__modality={**padded, "height": 16, "width": 16},
            make__image__places="small",
            make__image__data_augment=[{"use": "image/geometry", "policy": ["flip"]}],
        )
    )
    left = torch.arange(16).expand(8, 1, 16, 16) < 8
    batch = trainer.feed.batch(0, 0, 8, torch.device("cpu"))
    assert batch.given["small"]["places"].all(), "these pictures are square"
    batch.given["small"]["places"] = left[:, 0, ::4, ::4]
    batch = replace(batch, real={"image": torch.where(left, 1.0, -1.0)})
    conditions = trainer.phases.game.conditions
    batch = conditions.data_augmented(batch, 0)
    noise = {name: torch.zeros(8, dim) for name, dim in trainer.gan.noise_dims.items()}
    places = conditions.of("image", conditions.inputs(batch, noise, 0, 0)).places
    assert places is not None
    assert places.shape == (8, 1, 8, 8)
    assert torch.equal(places, batch.real["image"] > 0)
    assert 0 < places[:, 0, 0, 0].sum() < 8, "some are mirrored"
