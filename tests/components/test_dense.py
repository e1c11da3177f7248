"""The dense generator and discriminator: any shape, and the old name that recipes may still use."""

from pathlib import Path

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.components.dense_discriminator import DenseDiscriminator, DenseDiscriminatorOptions
from mmgan_core.components.dense_generator import DenseGenerator, DenseGeneratorOptions
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.recipe.old_spellings import with_present_spellings


def test_samples_stay_within_the_range() -> None:
    space = SampleSpace("label", (10,), low=0.0, high=1.0)
    network = DenseGenerator(DenseGeneratorOptions(), space, ConditionSpace(0))
    made = network(100 * torch.randn(64, 64), Condition(torch.zeros(64, 0)))
    assert made.shape == (64, 10)
    assert made.min() >= 0
    assert made.max() <= 1
    assert (made.min() < 0.01) & (made.max() > 0.99)


def test_the_first_example_has_two_layers_of_128_and_ten_outputs() -> None:
    network = DenseGenerator(
        DenseGeneratorOptions(), SampleSpace("label", (10,)), ConditionSpace(0)
    )
    sizes = [layer.out_features for layer in network.layers if isinstance(layer, torch.nn.Linear)]
    assert sizes == [128, 128, 10]


@pytest.mark.parametrize("shape", [(10,), (1, 5, 4), (3, 7)])
def test_the_answer_depends_on_sample_and_condition(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    space, condition = SampleSpace("any", shape), ConditionSpace(2)
    generator = DenseGenerator(DenseGeneratorOptions(noise_dim=3), space, condition)
    discriminator = DenseDiscriminator(DenseDiscriminatorOptions(), space, condition)
    given = Condition(torch.randn(6, 2))
    sample = generator(torch.randn(6, 3), given)
    assert sample.shape == (6, *shape)
    logits = discriminator(sample, given).logits
    assert logits.shape == (6,)
    assert not torch.equal(logits, discriminator(sample, Condition(-given.pooled)).logits)
    assert not torch.equal(logits, discriminator(-sample, given).logits)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("image/dense", "core/dense"),
        ("image/dense@1", "core/dense@1"),
        ({"use": "image/dense", "hidden": [8]}, {"use": "core/dense", "hidden": [8]}),
    ],
)
def test_its_old_name_is_read(written: object, read: object) -> None:
    raw = {"make": {"label": {"generator": written, "discriminator": written}}}
    recipe, found = with_present_spellings(raw)
    assert recipe["make"]["label"] == {"generator": read, "discriminator": read}
    assert found == ["'image/dense' is now 'core/dense'"]


def test_a_name_of_a_label_is_not_renamed() -> None:
    raw = {"given": {"label": {"modality": {"names": ["image/dense"]}}}, "summary": "image/dense"}
    assert with_present_spellings(raw) == (raw, [])


def test_a_recipe_in_the_old_words_is_the_same_recipe(tmp_path: Path) -> None:
    text = """
data: core/digits
given: {image: {modality: {channels: 1, height: 8, width: 8}, encoder: image/conv}}
make: {label: {generator: image/dense, discriminator: image/dense, loss: objectives/hinge}}
"""
    for name, one in (("old", text), ("new", text.replace("image/dense", "core/dense"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.yaml").write_text(one, encoding="utf-8")
    old = load_recipe(tmp_path / "old" / "same.yaml")
    assert old.plain() == load_recipe(tmp_path / "new" / "same.yaml").plain()
