"""Models trained on windows make samples as large as what they are given."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from mmgan_core import Model, load
from mmgan_core.assembly.joined_maps import JoinedMaps
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.cli.main import app
from mmgan_core.contracts import Encoding, EncodingSpace
from mmgan_core.errors import BadValue, RecipeError, Unread, UsageError
from mmgan_core.inference import batches
from mmgan_core.publishing.export import export
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train

from .test_windows import UNET, Small, windowed

CPU = torch.device("cpu")


def model_of(recipe: Recipe) -> Model:
    """A model with its first weights."""
    blueprint, _ = open_recipe(recipe)
    return Model(blueprint, blueprint.build(discriminators=False), device=CPU)


@pytest.fixture
def model(small: Small) -> Model:
    return model_of(windowed(small))


def picture(width: int, height: int) -> Image.Image:
    levels = np.random.default_rng(width).integers(0, 256, (height, width), dtype=np.uint8)
    return Image.fromarray(levels)


@pytest.mark.parametrize(("width", "height"), [(4, 4), (10, 6), (3, 9), (1, 1), (40, 2)])
def test_a_sample_is_as_large_as_the_given_picture_says(model, width: int, height: int) -> None:
    made = model.generate(small=picture(width, height))
    assert made.tensors["image"].shape == (1, 1, 4 * height, 4 * width)
    assert made.image[0].size == (4 * width, 4 * height)


def test_the_size_of_the_data_is_made_as_from_the_data(model: Model) -> None:
    pictures = [picture(4, 4), picture(4, 4).rotate(90)]
    prepared = {"small": model.gan.encoder("small").prepare(pictures)}
    made = model.generate(small=pictures, seed=3).tensors["image"]
    same = model.generate_prepared(prepared, count=2, seed=3).tensors["image"]
    assert torch.equal(made, same)
    assert model.generate(count=2).tensors["image"].shape == (2, 1, 16, 16), "of nothing given"


def test_unlike_sizes_keep_their_order_and_their_noise(model: Model) -> None:
    given = [picture(10, 6), picture(4, 4), picture(4, 4), picture(10, 6)]
    made = model.generate(small=given, seed=5)
    assert [one.size for one in made.image] == [(40, 24), (16, 16), (16, 16), (40, 24)]
    assert "image" not in made.tensors
    noise = model._noise(5, 4)["image"]
    for row in range(4):
        alone = model.generate(small=given[row], noise={"image": noise[row : row + 1]})
        apart = np.asarray(made.image[row], int) - np.asarray(alone.image[0], int)
        assert np.abs(apart).max() <= 1, "rounding in another batch"


def test_like_sizes_apart_are_not_made_one_by_one(model: Model) -> None:
    """Twelve rows of two sizes, the same value many times, are two batches."""
    batches: list[int] = []
    model.gan.generators["image"].register_forward_hook(
        lambda module, inputs, made: batches.append(len(made))
    )
    one, other = picture(10, 6), picture(5, 5)
    model.generate(small=[*[one] * 7, *[other] * 5])
    assert batches == [7, 5]


def test_samples_that_memory_could_not_hold_are_refused(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 x 16 numbers of a sample are the most of one row; 8 x 6 for 4 x 4 are 3 times as many."""
    monkeypatch.setattr(batches, "MOST", 3 * 256)
    assert model.generate(small=picture(8, 6)).image[0].size == (32, 24)
    with pytest.raises(UsageError, match=r"3 times as large.* 832 numbers, and there may be 768"):
        model.generate(small=picture(13, 4))
    model.own_size = False
    with pytest.warns(Unread, match="only the middle"):
        assert model.generate(small=picture(13, 4)).image[0].size == (16, 16)


def test_own_size_can_be_switched_off(model: Model) -> None:
    model.own_size = False
    with pytest.warns(Unread, match="only the middle"):
        assert model.generate(small=picture(10, 6)).image[0].size == (16, 16)


def test_models_without_windows_make_one_size(small: Small) -> None:
    model = model_of(windowed(small, make__image__window=None))
    with pytest.warns(Unread, match="only the middle"):
        assert model.generate(small=picture(10, 6)).image[0].size == (16, 16)


def test_paths_lead_between_values_of_one_size_only(model: Model) -> None:
    path = model.interpolate(steps=2, small=[picture(10, 6), picture(10, 6).rotate(180)])
    assert [one.size for one in path.image] == [(40, 24)] * 3
    with pytest.raises(UsageError, match="of unlike sizes"):
        model.interpolate(steps=2, small=[picture(10, 6), picture(4, 4)])


def test_a_search_for_noise_has_the_size_of_the_data(model: Model) -> None:
    found = model.invert("image", picture(16, 16), steps=1, starts=1, small=picture(10, 6))
    assert found.noise.shape == (1, model.gan.generator("image").noise_dim)


def test_maps_of_two_entries_grow_alike_or_are_refused() -> None:
    """Maps on 4 x 4 and on 8 x 8 are joined on 8 x 8; twice as large, on 16 x 16."""
    spaces = {
        n: EncodingSpace(0, map_channels=1, map_shape=(s, s)) for n, s in (("a", 4), ("b", 8))
    }
    joined = JoinedMaps(spaces)
    here = {name: torch.ones(2, dtype=torch.bool) for name in spaces}

    def maps(size: int) -> Encoding:
        return Encoding(torch.zeros(2, 0), maps=torch.ones(2, 1, size, size))

    assert joined({"a": maps(4), "b": maps(8)}, here).shape == (2, 4, 8, 8)
    assert joined({"a": maps(8), "b": maps(16)}, here).shape == (2, 4, 16, 16)
    without = joined({"a": maps(8)}, {"a": here["a"], "b": ~here["b"]})
    assert without.shape == (2, 4, 16, 16)
    assert without[:, 2:].abs().sum() == 0, "what is absent is zeros on the grid of the rest"
    with pytest.raises(BadValue, match="a and b are of sizes that do not belong together"):
        joined({"a": maps(8), "b": maps(8)}, here)


def test_a_generator_of_one_size_cannot_follow_the_same_picture(small: Small) -> None:
    other: dict[str, Any] = {
        "modality": {"use": "image/image", "channels": 1, "height": 16, "width": 16},
        "column": "image",
        "generator": {"use": "image/style", "follow": True, "width": 4},
        "auxiliary_losses": ["objectives/reconstruction"],
    }
    with pytest.raises(RecipeError, match=r"make\.other\.generator: it makes samples of one size"):
        open_recipe(windowed(small, make__other=other))[0].build()


@pytest.mark.parametrize(
    "generator",
    [{"use": "image/spade", "width": 4, "inner": 4}, {**UNET, "refine": 1, "fourier": True}],
)
def test_networks_that_say_so_make_any_size(small: Small, generator: Any) -> None:
    model = model_of(windowed(small, make__image__generator=generator))
    assert model.generate(small=picture(7, 3)).image[0].size == (28, 12)


def test_squares_of_pixels_that_do_not_fill_a_size_are_refused(small: Small) -> None:
    fine = {"use": "image/image", "channels": 1, "height": 16, "width": 16}
    given = {"small": {"modality": fine, "column": "image", "encoder": "image/pixels"}}
    recipe = windowed(small, given=given, make__image__generator={**UNET, "patch": 4})
    model = model_of(recipe)
    assert model.generate(small=picture(20, 12)).image[0].size == (20, 12)
    with pytest.raises(UsageError, match=r"6 x 10 cannot be made"):
        model.generate(small=picture(10, 6))


def test_a_trained_model_is_exported_verified_and_used_at_the_command_line(
    small: Small, tmp_path
) -> None:
    times = {f"train__{key}": 32 for key in ("samples", "sample_every", "checkpoint_every")}
    recipe = windowed(small, make__image__evaluator=None, evaluate={"metrics": []}, **times)
    run = train(recipe, tmp_path / "run", cpu=True)
    assert run.sheet, "sheets show whole samples"
    export(tmp_path / "run", tmp_path / "model")
    assert {found.what for found in verify(tmp_path / "model")} >= {"files", "samples"}
    loaded = load(f"dir:{tmp_path / 'model'}")
    assert loaded.generate(small=picture(10, 6)).image[0].size == (40, 24)
    picture(10, 6).save(tmp_path / "wide.png")
    picture(5, 5).save(tmp_path / "other.png")
    given = [f"small={tmp_path / name}.png" for name in ("wide", "other")]
    words = ["generate", f"dir:{tmp_path / 'model'}", *given, "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    for number, size in ((0, (40, 24)), (1, (20, 20))):
        with Image.open(tmp_path / "out" / f"image-00{number}.png") as made:
            assert made.size == size
