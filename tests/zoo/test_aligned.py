"""A real model whose pictures an alignment pulls towards what was given."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_feed
from mmgan_core.errors import RecipeError
from mmgan_core.publishing.export import export
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.networks import Networks
from mmgan_core.training.phases import Phases
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load

CONV = {"use": "image/conv", "dim": 4, "width": 4}
PICTURE = {"use": "image/image", "channels": 1, "height": 8, "width": 8}


def recipe(samples: int = 32, **align: Any) -> Recipe:
    return check(
        copy.deepcopy(
            {
                "name": "small",
                "data": "core/digits",
                "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
                "align": {
                    "use": "objectives/contrastive",
                    "same": "label",
                    "made": {"image": CONV},
                    "generator_weight": 0.5,
                    **align,
                },
                "make": {
                    "image": {
                        "modality": PICTURE,
                        "generator": {"use": "image/dcgan", "width": 4, "noise_dim": 4},
                        "discriminator": {"use": "image/dcgan", "width": 4, "normalise": False},
                        "augment": {"use": "image/diffaugment", "policy": ["translation"]},
                        "loss": "objectives/non-saturating",
                    }
                },
                "train": {"samples": samples, "batch_size": 8, "checkpoint_every": 16},
            }
        ),
        "small",
    )


def test_it_trains_resumes_bit_for_bit_and_leaves_the_alignment_behind(tmp_path: Path) -> None:
    whole = train(recipe(), tmp_path / "whole", cpu=True)
    train(recipe(16), tmp_path / "parts", cpu=True)
    parts = train(recipe(), tmp_path / "parts", resume=True, cpu=True)
    one, other = (load(f"run:{run.path}").gan.state_dict() for run in (whole, parts))
    assert all(torch.equal(one[key], other[key]) for key in one)
    resolved = yaml.safe_load((parts.path / "resolved.yaml").read_text())
    assert resolved["align"]["made"]["image"]["width"] == CONV["width"]
    assert check(resolved, "again").align
    model = export(whole.path, tmp_path / "model")
    verify(model.path)
    assert not any("align" in name for name in load_file(model.path / "model.safetensors"))


@pytest.mark.parametrize(
    ("align", "said"),
    [
        ({"made": {"image": "image/pixels"}}, r"align\.made\.image: image/pixels makes no vector"),
        ({"made": {"image": "image/timm"}}, r"align\.made\.image: image/timm cannot encode"),
        (
            {"made": {"image": "image/cnov"}},
            r"align\.made\.image: there is no encoder 'image/cnov'",
        ),
        ({"made": {"image": {**CONV, "dim": 6}}}, "encodings differ in size"),
        ({"made": {"image": {**CONV, "wdth": 6}}}, r"align\.made\.image: unknown option 'wdth'"),
        ({"made": {"imag": CONV}}, "did you mean 'image'"),
        ({"given": ["labl"]}, "did you mean 'label'"),
    ],
)
def test_what_cannot_be_aligned_is_refused(align: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Networks(open_recipe(recipe(**align))[0])


def test_windows_of_what_is_aligned_are_refused() -> None:
    raw = recipe().plain()
    raw["make"]["image"]["window"] = 4
    with pytest.raises(
        RecipeError, match=r"make\.image\.window: align\.made\.image works on whole"
    ):
        check(raw, "small")


def test_padding_is_no_part_of_what_is_aligned() -> None:
    """The left half is real; what stands in the other half changes no number of either phase."""
    padded = {**PICTURE, "fit": "pad"}
    raw = recipe().plain()
    raw["given"]["seen"] = {"column": "image", "modality": padded, "encoder": "image/pixels"}
    image = {"use": "image/unet", "width": 4, "follow": True}
    raw["make"]["image"] |= {"modality": padded, "generator": image, "places": "seen"}
    raw["align"]["given"] = ["label"]
    raw["fusion"] = {"use": "core/concatenation", "drop": 0, "drop_all": 0}
    blueprint, source = open_recipe(check(raw, "small"))
    networks = Networks(blueprint)
    phases = Phases(blueprint, networks)
    batch = open_feed(blueprint, networks.gan, source, "test").batch(0, 0, 8, torch.device("cpu"))
    left = torch.arange(8).expand(8, 8, 8) < 4
    batch.given["seen"]["places"] = left
    noise = {name: torch.zeros(8, dim) for name, dim in networks.gan.noise_dims.items()}
    found = []
    for beyond in (0.0, 0.9):
        real = torch.where(left[:, None], batch.real["image"], beyond)
        torch.manual_seed(0)
        _, metrics = phases.discriminator(
            replace(batch, real={"image": real}), noise, step=0, samples=0
        )
        found.append(metrics["align"].item())
    assert found[0] == found[1]
