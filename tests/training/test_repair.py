"""Repair: masks in training, filled samples in use, and known parts exactly as they were."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Masked, SampleSpace
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.foundation.boxes import boxes
from mmgan_core.inference.model import Model
from mmgan_core.recipe.schema import Repair
from mmgan_core.training.masks import sampled_masks
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load

REPAIR = {
    "make.image.generator": {"use": "image/unet", "width": 4},
    "make.image.repair": {"everything": 0.1},
    "make.image.auxiliary_losses": [{"use": "objectives/reconstruction", "weight": 0.5}],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    recipe = load_recipe(
        "digits",
        **{
            **REPAIR,
            "prior": None,
            "train.samples": 64,
            "train.batch_size": 16,
            "make.image.discriminator.width": 8,
        },
    )
    return load(f"run:{train(recipe, tmp_path_factory.mktemp('repair') / 'run').path}")


@pytest.fixture
def digit() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def mask() -> Image.Image:
    pixels = np.zeros((16, 16), dtype=np.uint8)
    pixels[4:9, 6:] = 255
    return Image.fromarray(pixels)


def test_the_known_part_stays_exactly_as_it_is(
    model: Model, digit: Image.Image, mask: Image.Image
) -> None:
    made = model.repair(image=digit, mask=mask, label="three", count=4).image
    known = np.asarray(mask) == 0
    for one in made:
        assert np.array_equal(np.asarray(one)[known], np.asarray(digit)[known])
        assert not np.array_equal(np.asarray(one)[~known], np.asarray(digit)[~known])


def test_samples_differ_by_noise_and_repeat_by_seed(
    model: Model, digit: Image.Image, mask: Image.Image
) -> None:
    one, other = model.repair(image=digit, mask=mask, count=2).tensors["image"]
    assert not torch.equal(one, other)
    again = model.repair(image=digit, mask=mask, count=1).tensors["image"][0]
    torch.testing.assert_close(one, again)


def test_several_pictures_each_with_its_own_mask(
    model: Model, digit: Image.Image, mask: Image.Image
) -> None:
    whole = Image.new("L", (16, 16), 255)
    made = model.repair(image=[digit, digit], mask=[mask, whole]).tensors["image"]
    alone = model.repair(image=digit, mask=mask).tensors["image"]
    torch.testing.assert_close(made[:1], alone)


def test_masks_of_a_kind(model: Model, digit: Image.Image) -> None:
    masked = model.masked("image", [digit], mask_kind="centre")
    assert masked.mask.sum() == 64
    assert masked.mask[0, 0, 4:12, 4:12].all()
    assert (masked.known[0, 0, 4:12, 4:12] == 0).all()
    masks = [model.masked("image", [digit] * 2, mask_kind="box", seed=s).mask for s in (0, 0, 1)]
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])


def test_without_a_known_part_it_generates(model: Model) -> None:
    made = model.generate(label="three", count=3).tensors["image"]
    nothing = Image.new("L", (16, 16))
    whole = Image.new("L", (16, 16), 255)
    asked = model.repair(image=nothing, mask=whole, label="three", count=3).tensors["image"]
    torch.testing.assert_close(made, asked)


def test_what_cannot_be_repaired_is_refused(
    model: Model, digit: Image.Image, mask: Image.Image
) -> None:
    with pytest.raises(UsageError, match="give exactly one value to repair; digits repairs image"):
        model.repair(label="three", mask=mask)
    with pytest.raises(UsageError, match="either as a mask or as a mask_kind"):
        model.repair(image=digit)
    with pytest.raises(UsageError, match="either as a mask or as a mask_kind"):
        model.repair(image=digit, mask=mask, mask_kind="centre")
    with pytest.raises(UsageError, match="image: the mask is 9 x 9, the picture 16 x 16"):
        model.repair(image=digit, mask=mask.resize((9, 9)))
    with pytest.raises(UsageError, match="black all over"):
        model.repair(image=digit, mask=Image.new("L", (16, 16)))
    with pytest.raises(UsageError, match="'boxx'"):
        model.repair(image=digit, mask_kind="boxx")
    with pytest.raises(UsageError, match="cannot be given 'lable'"):
        model.repair(image=digit, mask=mask, lable="three")


def test_masks_differ_from_row_to_row_and_have_the_right_shares() -> None:
    modalities = open_recipe(load_recipe("digits"))[0].modalities
    torch.manual_seed(0)
    real = {"image": torch.rand(400, 1, 16, 16)}
    rule = Repair(masks=["box"], smallest=0.2, largest=0.4, everything=0.25)
    masked = sampled_masks(real, modalities, {"image": rule})["image"]
    shares = masked.mask.mean((1, 2, 3))
    assert (shares == 1).float().mean().item() == pytest.approx(0.25, abs=0.06)
    boxes = shares[shares < 1]
    assert 0.12 < boxes.min() < 0.25
    assert 0.35 < boxes.max() < 0.5
    assert torch.equal(masked.filled(real["image"]), real["image"])
    assert sampled_masks(real, modalities, {}) == {}


def test_the_masks_of_evaluation_are_among_those_of_training() -> None:
    modalities = open_recipe(load_recipe("digits"))[0].modalities
    torch.manual_seed(0)
    real = {"image": torch.rand(400, 1, 16, 16)}
    centre = modalities["image"].sample_masks("centre", 1, 0, 1)
    missing = sampled_masks(real, modalities, {"image": Repair()})["image"].mask
    share = (missing == centre).flatten(1).all(1).float().mean().item()
    assert share == pytest.approx(1 / (1 + len(modalities["image"].mask_kinds)), abs=0.06)


def test_a_box_in_any_number_of_dimensions() -> None:
    torch.manual_seed(0)
    gap = boxes((1, 100), torch.tensor([0.1, 0.3]))
    assert gap.shape == (2, 1, 100)
    assert gap.sum((1, 2)).tolist() == [10, 30]
    for row in gap[:, 0]:
        assert (row.diff().abs().sum() <= 2).item(), "in one piece"
    words = boxes((12, 1), torch.tensor([0.25]))
    assert words.sum() == 3
    assert boxes((1, 8, 8), torch.full((1,), 0.25), centred=True)[0, 0, 2:6, 2:6].all()


def test_a_masked_sample_keeps_the_known_part() -> None:
    space = SampleSpace("number", (2, 3), low=0.0, high=4.0)
    sample, missing = torch.rand(5, 2, 3), (torch.rand(5, 1, 3) > 0.5).float()
    masked = Masked.of(sample, missing, space)
    hidden = missing.expand_as(sample) > 0
    assert (masked.known[hidden] == 2).all()
    filled = masked.filled(sample + 1)
    assert torch.equal(filled[~hidden], sample[~hidden])
    assert torch.equal(filled[hidden], (sample + 1)[hidden])
    assert torch.equal(Masked.nothing(space, (1, 3), sample).filled(sample), sample)


def built(**changes: object) -> None:
    recipe = load_recipe("digits", **{k.replace("__", "."): v for k, v in changes.items()})
    open_recipe(recipe)[0].build()


def test_recipes_that_cannot_repair_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"image/dcgan cannot repair") as caught:
        built(make__image__repair={})
    assert "image/unet" in str(caught.value)
    with pytest.raises(RecipeError, match=r"add repair: to it"):
        built(make__image__generator="image/unet")
    mask_kinds = {**REPAIR, "make.image.repair": {"masks": ["boxes"]}}
    with pytest.raises(
        RecipeError, match=r"make\.image\.repair\.masks: image/image has no kind of mask"
    ):
        built(**{k.replace(".", "__"): v for k, v in mask_kinds.items()})
    with pytest.raises(RecipeError, match="larger than largest"):
        load_recipe("digits", **{"make.image.repair": {"smallest": 0.6}})


def test_paired_losses_need_something_given_or_known() -> None:
    recipe = load_recipe(
        "digits-unconditional",
        data="core/digits",
        **{"make.image.auxiliary_losses": ["objectives/reconstruction"]},
    )
    with pytest.raises(RecipeError, match="compares each sample with a real one"):
        open_recipe(recipe)[0]


def test_training_to_repair_resumes_bit_for_bit(tmp_path: Path) -> None:
    whole = load_recipe(
        "digits",
        **{
            "train.samples": 128,
            "train.batch_size": 16,
            "train.checkpoint_every": 64,
            "make.image.discriminator.width": 8,
            **REPAIR,
        },
    )
    run = train(whole, tmp_path / "whole")
    half = train(
        whole.model_copy(update={"train": whole.train.model_copy(update={"samples": 64})}),
        tmp_path / "halves",
    )
    half = train(whole, half.path, resume=True)
    from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint

    one, other = (load_checkpoint(checkpoints(r.path)[-1])[0]["weights"] for r in (run, half))
    assert all(torch.equal(tensor, other[key]) for key, tensor in one.items())
