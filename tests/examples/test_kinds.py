"""Kinds of GANs, each a recipe of the example: trained for seconds, exported, verified, used."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jsonschema
import numpy as np
import pytest
import torch
import yaml
from torch import Tensor

from mmgan_core import Model, load
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.cli.schema_verb import recipe_schema
from mmgan_core.contracts import Modality
from mmgan_core.data.feed import open_feed, open_splits
from mmgan_core.errors import RecipeError
from mmgan_core.plugins.manager import _chosen, choose
from mmgan_core.publishing.export import export
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.testing import check_plugin
from mmgan_core.training.moving import data_augmented
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer

from ..scratch import Scratch

EXAMPLE = Path(__file__).parents[2] / "examples" / "mmgan-kinds"
RECIPES = EXAMPLE / "src" / "mmgan_kinds" / "recipes"


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The example as though pip had installed it, in this process and until the module's end."""
    said = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    place = tmp_path_factory.mktemp("kinds")
    points = said["entry-points"]["mmgan.plugins"]
    Scratch(place).install("mmgan-kinds", {}, points, version=said["version"], into=place)
    before, path = list(_chosen), list(sys.path)
    folders = [place, EXAMPLE / "src"]
    choose(path=folders)
    with pytest.MonkeyPatch.context() as patch:
        # Contract tests start processes of their own.
        patch.setenv("PYTHONPATH", os.pathsep.join([*map(str, folders), *map(str, path)]))
        yield
    sys.path[:] = path
    _chosen[:] = before


@dataclass(frozen=True)
class Trained:
    """A recipe that was trained: its run, its lines of metrics, and its exported model."""

    run: Path
    rows: list[dict[str, Any]]
    model: Model


@pytest.fixture
def trained(tmp_path: Path) -> Callable[..., Trained]:
    """Trains a recipe of the example, exports it, verifies the export and loads it."""

    def run(name: str, samples: int, **changes: object) -> Trained:
        settings = {
            "train.samples": samples,
            "train.log_every": samples // 4,
            "train.sample_every": samples,
            "train.checkpoint_every": samples,
            "train.ema": {"half_life": samples // 10},
            **changes,
        }
        train(read_recipe(name, settings), tmp_path / "run", cpu=True)
        export(tmp_path / "run", tmp_path / "model")
        assert {finding.what for finding in verify(tmp_path / "model")} >= {"files"}
        model = load(f"dir:{tmp_path / 'model'}")
        return Trained(tmp_path / "run", read_metrics(tmp_path / "run"), model)

    return run


def real(recipe: str, entry: str, count: int) -> tuple[list[object], Tensor]:
    """Raw values of the test data, and what a made or given entry's modality makes of them."""
    blueprint, source = open_recipe(read_recipe(recipe, {}))
    parts: Any = {**blueprint.given, **blueprint.make}
    column = parts[entry].column
    table = next(one for one in source.tables("test") if column in one.columns)
    values = table.values(column, range(count))
    modality: Modality = blueprint.modalities[entry]
    return values, modality.to_sample(modality.prepare(values))


def places(pictures: Tensor) -> Tensor:
    """The middle of what differs from the corner, (B, 2), in pixels."""
    weight = (pictures[:, 0] - pictures[:, 0, :1, :1]).abs()
    weight = weight / weight.sum((1, 2), keepdim=True)
    steps = torch.arange(pictures.shape[-1]).float()
    return torch.stack([weight.sum(2) @ steps, weight.sum(1) @ steps], dim=1)


def test_the_schema_accepts_every_recipe() -> None:
    schema = jsonschema.Draft202012Validator(recipe_schema())
    recipes = sorted(RECIPES.glob("*.yaml"))
    assert recipes
    for file in recipes:
        schema.validate(yaml.safe_load(file.read_text("utf-8")))


def test_cyclegan_translates_and_comes_back(trained: Callable[..., Trained]) -> None:
    found = trained("cyclegan", 2560)
    for side in ("disc", "ring"):
        assert found.rows[-1][f"{side}/auxiliary"] < 0.6 * found.rows[0][f"{side}/auxiliary"]
    values, discs = real("cyclegan", "a_disc", 64)
    rings = found.model.generate(a_disc=values, seed=0)
    # Rings are grey outside, discs are black; where they are stays.
    assert rings.tensors["ring"][:, 0, 0, 0].mean() > discs[:, 0, 0, 0].mean() + 0.5
    back = found.model.generate(a_ring=rings.ring, seed=0).tensors["disc"]
    assert (back - discs).abs().mean() < 0.6 * (back - discs.roll(1, 0)).abs().mean()


def test_bigan_infers_the_noise_of_which_a_sample_comes_back(
    trained: Callable[..., Trained],
) -> None:
    found = trained("bigan", 16_000)
    _, digits = real("bigan", "image", 128)
    gan = found.model.gan.eval()
    with torch.no_grad():
        noise = gan.inferences["image"](digits)
    again = found.model.generate(count=128, noise={"image": noise}).tensors["image"]
    assert (again - digits).square().mean() < 0.85 * (again - digits.roll(1, 0)).square().mean()


def test_infogan_can_be_read(trained: Callable[..., Trained]) -> None:
    found = trained("infogan", 12_800)
    assert found.rows[-1]["image/auxiliary"] < 0.85 * found.rows[0]["image/auxiliary"]
    noise = torch.randn(1, 24).repeat(10, 1)
    noise[:, 2:12] = 3 * torch.eye(10)
    made = found.model.generate(count=10, noise={"image": noise}).tensors["image"]
    assert made.std(0).mean() > 0.05, "the class of the noise makes a difference"


def test_vae_gan_reconstructs_and_samples_its_prior(trained: Callable[..., Trained]) -> None:
    found = trained("vae-gan", 9600)
    values, digits = real("vae-gan", "picture", 128)
    again = found.model.generate(picture=values, seed=0).tensors["image"]
    assert (again - digits).square().mean() < 0.5 * (again - digits.roll(1, 0)).square().mean()
    other = found.model.generate(picture=values, seed=1).tensors["image"]
    new = found.model.generate(count=128, seed=0).tensors["image"]
    assert 0 < (other - again).std() < new.std(0).mean(), "a posterior is narrower than the prior"


def test_the_vocoder_follows_its_spectrogram(trained: Callable[..., Trained]) -> None:
    # A window of half the sound: 32 of 64 frames would be the same for twice the seconds.
    short = {"given.mel.modality.seconds": 0.512, "make.audio.modality.seconds": 0.512}
    found = trained("melgan", 640, **short, **{"make.audio.generator.width": 24})
    assert found.rows[-1]["audio/auxiliary"] < 0.8 * found.rows[0]["audio/auxiliary"]
    values, mels = real("melgan", "mel", 32)
    heard = found.model.gan.modalities["mel"]
    made = found.model.generate(mel=values, seed=0).audio
    again = heard.to_sample(heard.prepare(made))
    mels = mels[..., : again.shape[-1]]
    assert (again - mels).abs().mean() < 0.8 * (again - mels.roll(1, 0)).abs().mean()
    # It was trained on 0.256 s at a time, and makes whole words, or all of them one after another.
    words = [heard.decode(value).samples for value in values]
    assert [len(one.samples) for one in made] == [64 * round(len(word) / 64) for word in words]
    (tale,) = found.model.generate(mel=[(np.concatenate(words), 8000)], seed=0).audio
    assert len(tale.samples) == 64 * round(sum(map(len, words)) / 64) > 8 * 4096
    loud = [np.abs(part).mean() for part in np.array_split(tale.samples, 16)]
    assert min(loud) > 0.1 * max(loud), "it sounds to the end"


def test_windows_of_a_cycle_are_at_one_place() -> None:
    """Where each generator copies what it is given, every window comes back as it was."""
    whole = {f"make.{name}.window": 8 for name in ("disc", "ring")}
    blueprint, source = open_recipe(read_recipe("cyclegan", whole))
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    trainer = Trainer(blueprint, networks, feed, Processes(cpu=True))
    # The maps are those of a_disc, where it is given, those of a_ring, and where it is given.
    for name, channel in (("disc", 2), ("ring", 0)):
        generator: Any = networks.gan.generators[name]
        generator.forward = lambda noise, condition, at=channel: condition.maps[:, at : at + 1]
    noise = {name: torch.zeros(32, 64) for name in networks.gan.noise_dims}
    _, metrics = trainer.phases.generator(trainer.batch(1, 0), noise, step=0, samples=0)
    assert metrics["disc/auxiliary"] < 1e-6
    assert metrics["ring/auxiliary"] < 1e-6


def test_a_window_of_a_sound_and_of_its_spectrogram_are_the_same_time() -> None:
    """The spectrogram of the cut sound is the cut spectrogram, but at its ends."""
    blueprint, _ = open_recipe(read_recipe("melgan", {}))
    networks = Networks(blueprint)
    feed, _ = open_splits(blueprint, networks.gan)
    batch = feed.batch(0, 0, 16, torch.device("cpu"))
    windows = blueprint.windows(networks.gan.spaces)
    scale = cast(Any, blueprint.modalities["mel"]).scale
    torch.manual_seed(0)
    cut = data_augmented(batch, networks.data_augmentations, 0, windows)
    assert cut.real["audio"].shape == (16, 1, 2048)
    maps = networks.gan.encode(batch.given)["mel"].maps
    assert maps is not None
    mels = cut.moves["audio"](maps)
    assert mels.shape == (16, 32, 32)
    heard = (scale.decibels(cut.real["audio"][:, 0]) / 80 * 2 + 1).clamp(-1, 1)

    def apart(mels: Tensor) -> float:
        return float((heard - mels)[..., 2:-2].abs().mean())

    one_off = apart(mels.roll(1, 2))
    assert apart(mels) < 0.01 < 0.05 < one_off, (apart(mels), one_off)


def test_a_vocoder_that_is_told_ends_with_its_spectrogram(trained: Callable[..., Trained]) -> None:
    """0.25 s at 8 kHz are 2000 samples, which reach into 32 frames of 64: 2048 samples."""
    told = {"make.audio.places": "mel", "make.audio.penalties": ["objectives/r1"]}
    found = trained("melgan", 64, **told, **{"make.audio.generator.width": 8})
    mel = found.model.gan.modalities["mel"]
    word = (0.5 * torch.sin(torch.arange(2000) * 0.3)).numpy()
    found.model.own_size = False
    made = found.model.generate(mel=(word, 8000), count=2)
    assert [len(sound.samples) for sound in made.audio] == [2048, 2048]
    assert not made.tensors["audio"][..., 2048:].any()
    assert mel.places([(word, 8000)]).sum() == 32


def test_stretches_of_a_padded_sound_are_those_of_the_sound() -> None:
    from mmgan_kinds.wave_discriminator import WaveDiscriminator, WaveDiscriminatorOptions

    from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace

    for pool in (1, 4):
        torch.manual_seed(0)
        options = WaveDiscriminatorOptions(width=4, layers=2, pool=pool)
        judge = WaveDiscriminator(options, SampleSpace("audio", (1, 512)), ConditionSpace(dim=0))
        # Also a length that is no multiple of the strides: the last stretch is a part of one.
        for length in (256, 203):
            sound, nothing = torch.randn(3, 1, length), torch.zeros(3, 0)
            alone = judge(sound, Condition(nothing))
            canvas = torch.full((3, 1, 512), 9.0)
            canvas[..., :length] = sound
            places = (torch.arange(512) < length).expand(3, 1, 512)
            padded = judge(canvas, Condition(nothing, places=places))
            assert padded.places is not None
            count = alone.logits.shape[1]
            assert padded.places.sum(1).tolist() == [count] * 3
            torch.testing.assert_close(padded.logits[:, :count], alone.logits, rtol=1e-4, atol=1e-5)
            for one, other in zip(padded.features, alone.features, strict=True):
                torch.testing.assert_close(one[..., : other.shape[2]], other, rtol=1e-4, atol=1e-5)


def test_spectra_of_padded_sounds_differ_as_those_of_the_sounds() -> None:
    from mmgan_kinds.spectra_loss import Spectra, SpectraOptions

    from mmgan_core.contracts import Condition, Critique, GeneratorStep, SampleSpace

    loss = Spectra(SpectraOptions(windows=(64,), bands=8), SampleSpace("audio", (1, 512)))
    fake, real = torch.randn(2, 3, 1, 256)
    places = (torch.arange(512) < 256).expand(3, 1, 512)

    def value(*sounds: Tensor, places: Tensor | None) -> Tensor:
        condition = Condition(torch.zeros(3, 0), places=places)
        nobody: Any = None
        return loss(
            GeneratorStep(
                nobody, torch.zeros(3, 1), condition, *sounds, lambda x: Critique(x[:, 0, 0])
            )
        )

    padded = [torch.nn.functional.pad(one, (0, 256)) for one in (fake, real)]
    torch.testing.assert_close(value(*padded, places=places), value(fake, real, places=None))
    assert value(*padded, places=None) < 0.6 * value(fake, real, places=None)


def test_the_summariser_says_what_matters(trained: Callable[..., Trained]) -> None:
    found = trained("summariser", 3840, **{"make.summary.adversarial_start": 3600})
    nats = [row["summary/auxiliary"] for row in found.rows]
    assert nats[-1] < 0.5 * nats[0]
    tales, _ = real("summariser", "text", 64)
    wanted, _ = real("summariser", "summary", 64)
    said = found.model.generate(text=tales, seed=0).summary
    assert alike(said, wanted) > 0.8 * 11 * 64, "letters of summaries that were never seen"


def alike(one: list[str], other: list[object]) -> int:
    """How many letters are the same, at the same places."""
    pairs = zip(one, map(str, other), strict=True)
    return sum(a == b for texts in pairs for a, b in zip(*texts, strict=False))


def test_every_component_keeps_its_contract() -> None:
    report = check_plugin("kinds")
    assert report.ok, report.failures()


def test_a_loss_of_the_condition_needs_encoders_that_hear_it() -> None:
    with pytest.raises(RecipeError, match=r"auxiliary_losses.2: kinds/kl teaches encoders"):
        open_recipe(read_recipe("vae-gan", {"train.encoders": "discriminator"}))


def test_the_lines_that_the_readme_counts() -> None:
    """Lines that are neither empty nor comment; of recipes and of the modules they name."""
    counted = {
        row[1]: (int(row[2]), int(row[3]))
        for row in re.finditer(
            r"^\| `([\w-]+)` \|.*\| (\d+) \| (\d+) \|$", (EXAMPLE / "README.md").read_text(), re.M
        )
    }
    assert counted == {
        file.stem: (lines(file), sum(map(lines, modules(file)))) for file in RECIPES.glob("*.yaml")
    }


def lines(file: Path) -> int:
    """Lines that are neither empty nor a comment."""
    return sum(
        1
        for line in file.read_text("utf-8").splitlines()
        if line.strip(" #")[:1] and not line.strip().startswith("#")
    )


def modules(recipe: Path) -> list[Path]:
    """The modules of the components of this package that a recipe names, data sources aside."""
    source = (EXAMPLE / "src/mmgan_kinds/plugin.py").read_text("utf-8")
    specs = re.findall(r'"(kinds/[\w-]+)",\s*f"\{_HOME\}\.(\w+):', source)
    used = set(re.findall(r"kinds/[\w-]+", recipe.read_text("utf-8")))
    names = {module for use, module in specs if use in used and "source" not in module}
    return [EXAMPLE / f"src/mmgan_kinds/{name}.py" for name in sorted(names)]
