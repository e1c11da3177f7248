"""Recipes: what is read, what is overridden, and what a mistake is answered with."""

from pathlib import Path

import pytest
import yaml

from mmgan_core.errors import RecipeError
from mmgan_core.recipe.reading import list_recipes, parse_override, read_recipe
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Recipe

RECIPE = """\
data: core/digits
given:
  label: {encoder: core/label-embedding}
make:
  image:
    modality: {channels: 1, height: 16, width: 16}
    generator: {use: image/r3, width: 16}
    discriminator: image/r3
    loss: objectives/relativistic
    penalties:
      - {use: objectives/r1, weight: 0.5, every: 8}
train:
  samples: 1_000
  learning_rate: {from: 2.0e-4, to: 5.0e-5, over: 400}
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str = RECIPE, **replaced: str) -> Path:
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "mine.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def error(file: Path, **overrides: object) -> str:
    with pytest.raises(RecipeError) as caught:
        read_recipe(file, overrides)
    return str(caught.value)


def test_reads(write) -> None:
    recipe = read_recipe(write())
    assert recipe.name == "mine"
    assert recipe.make["image"].generator.options == {"width": 16}
    assert recipe.make["image"].loss.use == "objectives/relativistic"
    assert recipe.fusion is not None
    assert recipe.fusion.use == "core/product-of-experts"
    assert isinstance(recipe.train.learning_rate, Schedule)


def test_every_shipped_recipe_is_valid() -> None:
    assert "digits" in list_recipes()
    for file in list_recipes().values():
        assert read_recipe(file).summary


def test_plain_form_reads_back_the_same(write) -> None:
    recipe = read_recipe(write())
    again = Recipe.model_validate(yaml.safe_load(yaml.safe_dump(recipe.plain())))
    assert again.plain() == recipe.plain()


def test_overrides(write) -> None:
    values = {"train.batch_size": 8, "make.image.penalties.0.weight": 2, "seed": 5}
    recipe = read_recipe(write(), values)
    assert (recipe.train.batch_size, recipe.seed) == (8, 5)
    assert recipe.make["image"].penalties[0].weight == 2
    assert recipe.as_given["seed"] == 5


def test_use_replaces_a_part_and_drops_its_options(write) -> None:
    recipe = read_recipe(write(), uses={"make.image.generator": "image/dcgan"})
    assert recipe.make["image"].generator.use == "image/dcgan"
    assert recipe.make["image"].generator.options == {}
    penalized = read_recipe(write(), uses={"make.image.penalties.0": "objectives/gradient-penalty"})
    assert penalized.make["image"].penalties[0].use == "objectives/gradient-penalty"


def test_set_changes_a_part_that_is_written_short(write) -> None:
    recipe = read_recipe(write(), {"make.image.loss.smooth": 0.1})
    assert recipe.make["image"].loss.options == {"smooth": 0.1}


def test_unknown_key_names_file_line_and_nearest(write) -> None:
    said = error(write(samples="sample"))
    assert "mine.yaml:13: unknown key 'train.sample'" in said
    assert "did you mean 'samples'" in said


def test_unknown_key_in_an_entry(write) -> None:
    said = error(write(penalties="penaltys"))
    assert "mine.yaml:10: unknown key 'make.image.penaltys'" in said
    assert "did you mean 'penalties'" in said


def test_wrong_type_names_the_line(write) -> None:
    assert "mine.yaml:13: train.samples" in error(write(**{"1_000": "many"}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("core/digits", "[a]", "mine.yaml:1: data: must name a component"),
        (
            "train:",
            "seed: 1\nseed: 2\ntrain:",
            "mine.yaml:13: the key 'seed' is repeated; line 12 has it already",
        ),
        ("{from: 2.0e-4, to: 5.0e-5, over: 400}", "fast", "must be a valid number"),
        (
            "{from: 2.0e-4, to: 5.0e-5, over: 400}",
            "{generator: 1}",
            "'train.learning_rate.discriminator' is missing",
        ),
        (
            "  label: {",
            "  My label: {",
            "mine.yaml:3: given.My label: a name consists of small letters",
        ),
        (
            "train:",
            "name: ../other\ntrain:",
            "mine.yaml:12: name: runs/../other cannot be the folder of a run",
        ),
        ("core/digits", "[" * 60, "nested more than 40 levels deep"),
    ],
)
def test_one_mistake_has_one_message(write, old: str, new: str, said: str) -> None:
    message = error(write(**{old: new}))
    assert said in message
    assert message.count("mine.yaml") == 1


def test_an_override_is_reported_without_a_line_of_the_file(write) -> None:
    assert error(write(), **{"train.samples": "x"}).startswith("--set train.samples: must be")
    assert error(write(), train=3).startswith("--set train: must be a mapping")
    assert error(write(), **{"evaluate.metrics.0": "x"}).startswith("--set evaluate.metrics.0: ev")
    with pytest.raises(RecipeError, match=r"mine\.yaml: make.picture: nothing teaches its gen"):
        read_recipe(write(), uses={"make.picture.generator": "image/r3"})


def test_missing_key(write) -> None:
    said = error(write(**{"    generator: {use: image/r3, width: 16}\n": ""}))
    assert "'make.image.generator' is missing" in said
    said = error(write(**{"    discriminator: image/r3\n": ""}))
    assert "mine.yaml:5: make.image: loss is for a discriminator, and there is none" in said
    said = error(write(**{"    loss: objectives/relativistic\n": ""}))
    assert "mine.yaml:5: make.image: a discriminator needs a loss" in said


def test_set_reaches_into_an_id_in_a_list(write) -> None:
    file = write(**{"{use: objectives/r1, weight: 0.5, every: 8}": "objectives/r1"})
    recipe = read_recipe(file, {"make.image.penalties.0.weight": 2})
    penalty = recipe.make["image"].penalties[0]
    assert (penalty.use, penalty.weight) == ("objectives/r1", 2)


def test_unknown_key_from_set(write) -> None:
    assert "did you mean 'batch_size'" in error(write(), **{"train.batchsize": 3})


def test_set_into_a_number(write) -> None:
    assert "which has no keys to set" in error(write(), **{"train.samples.x": 3})


def test_given_and_made_at_once(write) -> None:
    assert "'image' is both given and made" in error(write(**{"  label: {": "  image: {"}))


def test_align_needs_two(write) -> None:
    assert "at least two" in error(write(), align="objectives/contrastive")


@pytest.mark.parametrize("text", ["- a\n- b\n", "make: [", "", "a: &x [1]\nb: *x\n"])
def test_files_that_are_not_recipes(write, text: str) -> None:
    assert "mine.yaml" in error(write(text))


def test_no_such_recipe(tmp_path: Path) -> None:
    assert "did you mean 'digits'" in error(Path("digit"))
    assert "there is no recipe file" in error(tmp_path / "other.yaml")


def test_yaml_cannot_name_code(write) -> None:
    assert "is not YAML" in error(write("data: !!python/object/apply:os.system ['true']\n"))


def test_parse_override() -> None:
    assert parse_override("a.b=[1, 2]", flag="--set") == ("a.b", [1, 2])
    with pytest.raises(RecipeError, match="not of the form"):
        parse_override("a.b", flag="--set")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("learning_rate", -1, "finite and not negative, not -1"),
        ("learning_rate", {"from": 1e-3, "to": -1e-3, "over": 9}, "not negative, not -0.001"),
        ("learning_rate", {"generator": 1e-3, "discriminator": float("nan")}, "not nan"),
        ("betas", [0, 1], "less than 1, not 1"),
        ("betas", [{"from": -0.5, "to": 0.5, "over": 9}, 0.9], "at least 0"),
        ("clip_gradient", 0, "over 0, not 0"),
        ("clip_gradient", {"from": 1, "to": 0, "over": 9}, "over 0, not 0"),
        ("ema.half_life", -5, "not be negative, not -5"),
        ("ema.warm_up", -0.1, "greater than or equal to 0"),
        ("ema.warm_up", float("inf"), "finite"),
        ("log_every", 0, "greater than or equal to 1"),
    ],
)
def test_numbers_out_of_range(write, key: str, value: object, said: str) -> None:
    message = error(write(), **{f"train.{key}": value})
    assert f"train.{key}: " in message
    assert said in message


def test_numbers_at_the_edge(write) -> None:
    changes = {"learning_rate": 0, "betas": [0, 0], "ema.half_life": 0, "clip_gradient": None}
    read_recipe(write(), {f"train.{key}": value for key, value in changes.items()})
    clip = {"from": 9, "to": 1, "over": 100}
    recipe = read_recipe(write(), {"train.clip_gradient": clip})
    assert isinstance(recipe.train.clip_gradient, Schedule)
