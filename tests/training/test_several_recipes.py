"""Small recipes of real parts on real data: each trains, and its model makes what it should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from mmgan_core import Options, Spec
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, SampleSpace
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.export import export
from mmgan_core.recipe.reading import check
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load, load_run

Plain = dict[str, Any]
TRAIN = {"samples": 64, "batch_size": 16, "log_every": 16, "checkpoint_every": 32}
DENSE = {"use": "core/dense", "hidden": [16]}
MAKER = {**DENSE, "noise_dim": 4}
LABEL = {"encoder": {"use": "core/label-embedding", "dim": 8}}
PICTURE = {
    "modality": {"use": "image/image", "channels": 1, "height": 16, "width": 16},
    "column": "image",
}
SEES = {"use": "image/conv", "dim": 8, "width": 4}
GAN = {"generator": MAKER, "discriminator": DENSE, "loss": "objectives/relativistic"}
FUSION = {"use": "core/concatenation", "dim": 8}


def recipe(**sections: Any) -> Plain:
    train_keys = {**TRAIN, **sections.pop("train", {})}
    return {"name": "small", "data": "core/digits", **sections, "train": train_keys}


def trained(raw: Plain, run: Path, **changes: Any) -> list[Plain]:
    """Train it, and return its lines of metrics."""
    train(check({**raw, "train": {**raw["train"], **changes}}, "small"), run, cpu=True)
    return read_metrics(run)


def weights(run: Path, name: str = "weights") -> dict[str, Tensor]:
    return load_file(checkpoints(run)[-1] / f"{name}.safetensors")


@pytest.fixture
def component(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Adds an auxiliary loss of a test's own, as ``test/NAME``."""
    known = catalogue()
    find = type(known).load
    own: dict[str, Any] = {}

    def add(name: str, cls: Any) -> None:
        spec = Spec(f"test/{name}", "nowhere:Class", "A loss of a test")
        own[spec.id] = cls
        monkeypatch.setitem(known._specs["auxiliary_loss"], spec.id, spec)

    monkeypatch.setattr(
        type(known), "load", lambda self, k, use, **r: own.get(use) or find(self, k, use, **r)
    )
    return add


def test_discriminators_of_two_kinds_teach_one_generator(tmp_path: Path) -> None:
    several = [
        {"use": "image/dcgan", "width": 4, "normalise": False, "penalties": ["objectives/r1"]},
        {**DENSE, "weight": 0.5, "loss": "objectives/hinge", "name": "pixels"},
    ]
    make = {**GAN, "modality": PICTURE["modality"], "discriminator": several}
    make["augment"] = {"use": "image/diffaugment", "adaptive": {"over": 500}}
    raw = recipe(given={"label": LABEL}, fusion=FUSION, make={"image": make})
    last = trained(raw, tmp_path / "run")[-1]
    assert {"image/d", "image/g", "image-pixels/d", "image-pixels/g"} <= set(last)
    assert "image-pixels/diversity" not in last
    groups = {name.split(".")[2] for name in weights(tmp_path / "run") if "discriminators" in name}
    assert groups == {"image", "image-pixels"}
    model = load_run(tmp_path / "run", device="cpu")
    assert len(model.generate(label=["one", "two"]).image) == 2


def test_discriminators_that_see_the_same_labels_differently(tmp_path: Path) -> None:
    several = [DENSE, {**DENSE, "hidden": []}]
    make = {**GAN, "discriminator": several, "matching_aware": 1.0}
    raw = recipe(
        given={"picture": {**PICTURE, "encoder": SEES}}, fusion=FUSION, make={"label": make}
    )
    last = trained(raw, tmp_path / "run")[-1]
    assert {"label/matching_aware", "label-2/matching_aware"} <= set(last)


def test_an_autoencoder_needs_no_discriminator(tmp_path: Path) -> None:
    """The encoder learns too: pictures come out nearer to what went in than at first."""
    lost = {"use": "objectives/reconstruction", "norm": "l2"}
    make = {"modality": PICTURE["modality"], "generator": MAKER, "auxiliary_losses": [lost]}
    raw = recipe(
        given={"picture": {**PICTURE, "encoder": SEES}},
        fusion={**FUSION, "drop": 0.0, "drop_all": 0.0},
        make={"image": make},
        train={"samples": 640, "learning_rate": 5.0e-3},
    )
    rows = trained(raw, tmp_path / "run")
    assert rows[-1]["image/auxiliary"] < 0.5 * rows[0]["image/auxiliary"]
    assert rows[-1]["health"] == {"image": "auxiliary losses alone"}
    names = {file.name for file in checkpoints(tmp_path / "run")[-1].iterdir()}
    assert "discriminator_optimizer.safetensors" not in names
    trained(raw, tmp_path / "parts", samples=320)
    train(check(raw, "small"), tmp_path / "parts", resume=True, cpu=True)
    one, other = weights(tmp_path / "run"), weights(tmp_path / "parts")
    assert all(torch.equal(one[name], other[name]) for name in one)


class Likelihood(AuxiliaryLoss):
    """Minus the log-likelihood of the real label, of what is made as log-odds."""

    def forward(self, step: GeneratorStep) -> Tensor:
        return cross_entropy(8 * step.fake, step.real.argmax(1))


def test_a_likelihood_alone_teaches(tmp_path: Path, component: Any) -> None:
    component("likelihood", Likelihood)
    make = {"generator": MAKER, "auxiliary_losses": ["test/likelihood"]}
    raw = recipe(
        given={"picture": {**PICTURE, "encoder": SEES}},
        fusion=FUSION,
        make={"label": make},
        train={"samples": 640, "learning_rate": 5.0e-3},
    )
    rows = trained(raw, tmp_path / "run")
    assert rows[-1]["label/auxiliary"] < rows[0]["label/auxiliary"]


@pytest.mark.parametrize("noise", [None, "image"])
def test_a_joint_discriminator_alone_teaches_picture_and_name(
    tmp_path: Path, noise: str | None
) -> None:
    make = {
        "image": {"modality": PICTURE["modality"], "generator": MAKER},
        "label": {"generator": MAKER, "noise": noise},
    }
    joint = {
        "of": ["image", "label"],
        "discriminator": {"use": "core/joint", "embed": 8, "hidden": [8]},
        "loss": "objectives/relativistic",
        "penalties": [{"use": "objectives/r1", "weight": 0.1}, "objectives/gradient-penalty"],
    }
    raw = recipe(make=make, joint={"scene": joint}, evaluate={"metrics": []})
    last = trained(raw, tmp_path / "run")[-1]
    assert {"scene/d", "scene/g", "scene/discriminator_accuracy"} <= set(last)
    assert "alone" not in last["health"]["image"], "the joint discriminator's word"
    export(tmp_path / "run", tmp_path / "model", discriminator=True)
    assert not any("scene" in name for name in load_file(tmp_path / "model/model.safetensors"))
    assert any("scene" in n for n in load_file(tmp_path / "model/discriminator.safetensors"))
    slots = {p["slot"] for p in json.loads((tmp_path / "model/model.json").read_text())["parts"]}
    assert "joint.scene.discriminator" in slots
    model = load(f"dir:{tmp_path / 'model'}", device="cpu")
    made = model.generate(count=3)
    assert len(made.image) == len(made.label) == 3
    assert model.interpolate(steps=2, count=2).tensors["label"].shape == (3, 10)
    if noise:
        z = torch.randn(1, 4)
        both = [model.generate(noise={name: z}).tensors for name in ("image", "label")]
        assert all(torch.equal(both[0][n], both[1][n]) for n in ("image", "label"))
        with pytest.raises(UsageError, match="the same noise"):
            model.generate(noise={"image": z, "label": z})
        found = model.invert("label", made.label[0], steps=1, starts=2)
        assert model.generate(noise={"label": found.noise}).label


def test_several_critic_phases_resume_exactly(tmp_path: Path) -> None:
    make = {
        **GAN,
        "loss": "objectives/wasserstein",
        "penalties": [{"use": "objectives/gradient-penalty", "weight": 10, "every": 2}],
    }
    raw = recipe(given={"picture": {**PICTURE, "encoder": SEES}}, make={"label": make})
    raw["train"] |= {
        "n_critic": 2,
        "samples": 128,
        "learning_rate": {"from": 1e-3, "to": 0, "over": 99},
    }
    rows = trained(raw, tmp_path / "whole")
    assert rows[-1]["samples"] == 128
    assert json.loads((checkpoints(tmp_path / "whole")[-1] / "state.json").read_text())["step"] == 4
    trained(raw, tmp_path / "parts", samples=64)
    train(check(raw, "small"), tmp_path / "parts", resume=True, cpu=True)
    for name in ("weights", "ema", "discriminator_optimizer", "generator_optimizer"):
        one, other = weights(tmp_path / "whole", name), weights(tmp_path / "parts", name)
        assert all(torch.equal(one[key], other[key]) for key in one), name


def test_entries_may_be_conditioned_on_different_things(tmp_path: Path) -> None:
    make = {
        "image": {**GAN, "modality": PICTURE["modality"], "given": ["label"]},
        "name": {**GAN, "modality": "core/label", "column": "label", "given": ["picture"]},
    }
    given = {"label": LABEL, "picture": {**PICTURE, "encoder": SEES}}
    raw = recipe(given=given, fusion=FUSION, make=make)
    trained(raw, tmp_path / "run")
    model = load_run(tmp_path / "run", device="cpu")
    nothing = model.generate(seed=3).tensors
    found = model.generate(seed=3, label="two").tensors
    assert torch.equal(found["name"], nothing["name"])
    assert not torch.equal(found["image"], nothing["image"])
    along = model.interpolate(steps=1, seed=3, label=["two", "three"]).tensors
    assert torch.equal(along["name"], model.interpolate(steps=1, count=2, seed=3).tensors["name"])


def folders(root: Path) -> Plain:
    """Dark pictures in one folder and bright ones in another, of other numbers."""
    random = np.random.default_rng(0)
    for side, (low, count) in {"dark": (0, 20), "bright": (160, 30)}.items():
        for number in range(count):
            file = root / side / "any" / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(random.integers(low, low + 95, (8, 8), dtype=np.uint8)).save(file)
    sources = [
        {"use": "core/folder", "path": str(root / side), "columns": {side: "image"}}
        for side in ("dark", "bright")
    ]
    return {"use": "core/paired", "sources": sources, "pair_on": None}


def numbers(root: Path) -> Plain:
    """Two numbers around (-2, 2) in one file, and around (5, 7) in another."""
    random = np.random.default_rng(0)
    sources = []
    for side, centre, count in (("dark", (-2, 2), 40), ("bright", (5, 7), 50)):
        rows = [f"{x}, {y}" for x, y in np.array(centre) + random.normal(0, 0.5, (count, 2))]
        pq.write_table(pa.table({side: rows}), root / f"{side}.parquet")
        sources.append({"use": "core/parquet", "path": str(root / f"{side}.parquet")})
    return {"use": "core/paired", "sources": sources, "pair_on": None}


PIXELS = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
KINDS = {
    "pictures": (folders, PIXELS, SEES),
    "numbers": (numbers, "core/vector", {"use": "core/dense", "dim": 8}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_unpaired_data_are_translated_both_ways(tmp_path: Path, kind: str) -> None:
    """CycleGAN: what was made leads back better and better, and no row belongs to another."""
    data, modality, encoder = KINDS[kind]
    make, given = {}, {}
    for side, back in (("dark", "bright"), ("bright", "dark")):
        given[f"a_{side}_one"] = {"modality": modality, "column": side, "encoder": encoder}
        cycle = {"use": "objectives/cycle", "back": back, "given": f"a_{side}_one", "weight": 10}
        entry = {**GAN, "modality": modality, "given": [f"a_{back}_one"]}
        make[side] = {**entry, "auxiliary_losses": [cycle]}
    raw = recipe(
        data=data(tmp_path),
        given=given,
        fusion={**FUSION, "drop": 0.0, "drop_all": 0.0},
        make=make,
        train={"samples": 1920, "encoders": "generator", "learning_rate": 3e-3, "log_every": 640},
    )
    rows = trained(raw, tmp_path / "run")
    for side in make:
        assert rows[-1][f"{side}/auxiliary"] < rows[0][f"{side}/auxiliary"]
    blueprint, source = open_recipe(check(raw, "small"))
    from mmgan_core.data.feed import open_feed

    feed = open_feed(blueprint, blueprint.build(), source, "train")
    one, other = feed.rows(0, 18)
    again, partners = feed.rows(len(feed), 18)
    pairs = set(zip(one, other, strict=True)) & set(zip(again, partners, strict=True))
    assert len(pairs) < 9, "each epoch pairs rows anew"


@pytest.mark.parametrize("mine", ["image", "name"])
def test_made_entries_agree_as_encoders_see_them(tmp_path: Path, mine: str) -> None:
    make = {
        "image": {**GAN, "modality": PICTURE["modality"]},
        "name": {**GAN, "modality": "core/label", "column": "label"},
    }
    reads = {"image": "picture", "name": "label"}
    other = "name" if mine == "image" else "image"
    loss = {
        "use": "objectives/agreement",
        "given": reads[mine],
        "other": other,
        "other_given": reads[other],
    }
    make[mine] = {**make[mine], "auxiliary_losses": [loss]}
    given = {"label": LABEL, "picture": {**PICTURE, "encoder": SEES}}
    raw = recipe(given=given, make=make, align={"use": "objectives/contrastive", "same": "label"})
    last = trained(raw, tmp_path / "run")[-1]
    assert 0 < last[f"{mine}/auxiliary"] < 2
    make[mine]["auxiliary_losses"] = [{**loss, "other": "nobody"}]
    with pytest.raises(RecipeError, match=r"auxiliary_losses.0: there is no other made entry"):
        trained(raw, tmp_path / "other")


class Matches(AuxiliaryLoss):
    """InfoNCE between given labels and made pictures, by a projection of the loss's own."""

    def __init__(self, options: Options, space: SampleSpace) -> None:
        super().__init__(options, space)
        self.project = nn.Linear(256, 8)

    def forward(self, step: GeneratorStep) -> Tensor:
        texts = normalize(step.encodings["label"].pooled.float(), dim=1)
        made = normalize(self.project(step.fake.flatten(1)).float(), dim=1)
        return cross_entropy(made @ texts.T / 0.1, torch.arange(len(made)))


@pytest.mark.parametrize("loss", ["test/matches", "objectives/info"])
def test_losses_learn_and_stay_out_of_the_export(tmp_path: Path, component: Any, loss: str) -> None:
    component("matches", Matches)
    options = {"continuous": 1, "classes": 3, "hidden": 8} if "info" in loss else {}
    make = {**GAN, "modality": PICTURE["modality"], "auxiliary_losses": [{"use": loss, **options}]}
    raw = recipe(given={"label": LABEL}, fusion=FUSION, make={"image": make}, train={"samples": 32})
    trained(raw, tmp_path / "run")
    first = load_file(checkpoints(tmp_path / "run")[0] / "weights.safetensors")
    trained(raw, tmp_path / "run2", samples=64, checkpoint_every=64)
    own = [name for name in first if name.startswith("auxiliary_losses.")]
    assert own
    later = weights(tmp_path / "run2")
    assert all(not torch.equal(first[name], later[name]) for name in own)
    train(
        check({**raw, "train": {**raw["train"], "samples": 64}}, "small"),
        tmp_path / "run",
        resume=True,
        cpu=True,
    )
    resumed = weights(tmp_path / "run")
    assert all(torch.equal(resumed[name], later[name]) for name in later)
    assert not any("auxiliary" in name for name in weights(tmp_path / "run", "ema"))


@pytest.mark.parametrize("made", ["image", "label"])
@pytest.mark.parametrize("loss", ["objectives/non-saturating", "objectives/relativistic"])
def test_noise_is_inferred_from_real_samples(tmp_path: Path, made: str, loss: str) -> None:
    """BiGAN, of pictures by a convolutional discriminator, and of labels given pictures."""
    seen = {"use": "core/label-embedding", "dim": 4}
    make: Plain = {**GAN, "loss": loss, "inference": seen}
    make["penalties"] = [{"use": "objectives/r1", "weight": 0.1}]
    if made == "image":
        deep = {"use": "image/dcgan", "width": 4, "normalise": False}
        make |= {"discriminator": deep, "inference": SEES, "modality": PICTURE["modality"]}
    given = {"picture": {**PICTURE, "encoder": SEES}} if made == "label" else {}
    raw = recipe(given=given, make={made: make}, evaluate={"metrics": []})
    trained(raw, tmp_path / "run")
    averaged = weights(tmp_path / "run", "ema")
    assert any(name.startswith(f"inferences.{made}.encoder") for name in averaged)
    assert any(n == f"inferences.{made}.head.weight" for n in averaged) == (made == "image")
    model = load_run(tmp_path / "run", device="cpu")
    assert model.gan.inferences[made](model.generate(count=2).tensors[made]).shape == (2, 4)
    before = open_recipe(check(raw, "small"))[0].build().state_dict()
    name = next(n for n in averaged if n.startswith("inferences."))
    assert not torch.equal(before[name], weights(tmp_path / "run")[f"gan.{name}"])


def test_only_encoders_of_samples_infer_noise(tmp_path: Path) -> None:
    make = {**GAN, "inference": "image/timm", "modality": PICTURE["modality"]}
    with pytest.raises(RecipeError, match="inference: image/timm cannot encode samples") as refused:
        open_recipe(check(recipe(make={"image": make}), "small"))
    assert refused.value.hint is not None
    assert "image/conv" in refused.value.hint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": {"discriminator": None, "loss": None}}, "nothing teaches its generator"),
        ({"image": {"given": ["lable"]}}, "there is no given entry 'lable': did you mean 'label'"),
        ({"image": {"given": []}}, "given.label is in the list given of no made entry"),
        ({"image": {"noise": "image"}}, "its own noise is what it has by default"),
        ({"image": {"discriminator": None}}, "loss is for a discriminator, and there is none"),
        ({"image": {"discriminator": [{**DENSE, "name": "a"}]}}, "leave its name out"),
        ({"image": {"discriminator": [DENSE, {**DENSE, "name": "3"}, DENSE]}}, "is '3' already"),
        ({"image": {"discriminator": [DENSE], "loss": None}}, "discriminator.0 needs a loss"),
        ({"two": {**GAN, "modality": "core/label", "column": "label", "noise": "image",
                  "generator": {**MAKER, "noise_dim": 5}}},
         "the generator of two takes noise of 5 numbers, and that of image of 4"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: Plain, said: str) -> None:
    make = {"image": {**GAN, "modality": PICTURE["modality"]}}
    make = {**make, **{name: {**make.get(name, {}), **keys} for name, keys in change.items()}}
    raw = recipe(given={"label": LABEL}, make=make)
    with pytest.raises(RecipeError) as refused:
        open_recipe(check(raw, "small"))[0].build()
    assert said in str(refused.value)


def test_joint_discriminators_of_what_is_not_made_are_refused() -> None:
    joint = {"of": ["image", "sound"], "discriminator": "core/joint", "loss": "objectives/hinge"}
    make = {"image": {**GAN, "modality": PICTURE["modality"]}}
    with pytest.raises(RecipeError, match=r"joint\.both\.of: there is no made entry 'sound'"):
        check(recipe(make=make, joint={"both": joint}), "small")
    with pytest.raises(RecipeError, match="an entry is called 'image' too"):
        check(recipe(make=make, joint={"image": {**joint, "of": ["image", "image"]}}), "small")
