"""What a pulled model may take is known before any of it is taken, and one budget bounds it."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mmgan_core import allowing, load
from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue, IntegrityError, RecipeError, UsageError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.proof import refuse_long
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check
from mmgan_core.zoo import costs
from mmgan_core.zoo.budget import Budget, Cost, OverBudget, budget, refuse_over_budget
from mmgan_core.zoo.costs import Known, cost_of_modalities, cost_of_model
from mmgan_core.zoo.directory import ModelDirectory, refuse_active
from mmgan_core.zoo.manifest import Proof, Recorded
from mmgan_core.zoo.metering import FusedAttention, Meter
from mmgan_core.zoo.planning import planned

from ..cli.conftest import zoo as zoo

Plain = dict[str, Any]


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(costs, "_found", {})
    with allowing(memory=4, minutes=2):
        yield


def held(make: Plain, given: Plain | None = None) -> Cost:
    """What loading a model of this recipe, and making one sample, would take."""
    raw = {"name": "x", "data": "core/digits", "given": given or {}, "make": {"thing": make}}
    if given:
        raw["fusion"] = {"use": "core/concatenation", "dim": 8}
    blueprint = make_blueprint(check({**raw, "train": {"samples": 8}}, "x"), catalogue())
    refuse_over_budget(cost_of_modalities(blueprint.modalities), "x")
    with planned(10_000, 10**9, "x"), Meter("x") as meter:
        gan = blueprint.build(discriminators=True)
    cost = cost_of_model(gan, meter.cost, dict, "x")
    refuse_over_budget(cost, "x")
    return cost


def image(size: int, generator: Plain, discriminator: Plain | None = None) -> Plain:
    return {
        "modality": {"use": "image/image", "height": size, "width": size},
        "generator": generator,
        "discriminator": discriminator or {"use": "image/dcgan", "width": 1, "max_width": 1},
        "loss": "objectives/hinge",
    }


def text(length: int, generator: Plain) -> Plain:
    return {
        "modality": {"use": "text/text", "length": length},
        "generator": generator,
        "discriminator": {"use": "text/conv", "width": 4, "layers": 1},
        "loss": "objectives/hinge",
    }


DCGAN = {"use": "image/dcgan", "width": 1, "max_width": 1, "noise_dim": 1}
LABEL = {"modality": {"use": "core/label", "names": ["a"]}, "encoder": "core/label-embedding"}
ABSURD = {
    "a small model of huge pictures": image(8192, DCGAN),
    "wide layers of large pictures": image(4096, {**DCGAN, "width": 64, "max_width": 64}),
    "a text without end": text(
        65_536, {"use": "text/transformer", "width": 8, "heads": 2, "layers": 1}
    ),
    "a text that is made piece by piece": text(30_000, {"use": "text/autoregressive", "width": 8}),
    "a sound of many windows": {
        "modality": {"use": "audio/log-mel", "seconds": 600, "rate": 384_000, "hop": 4},
        "generator": {"use": "core/dense", "hidden": [1]},
        "discriminator": {"use": "core/dense", "hidden": [1]},
        "loss": "objectives/hinge",
    },
}


@pytest.mark.parametrize("name", ABSURD)
def test_what_would_take_too_much_is_refused_before_it_is_taken(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    short, said = allowing(minutes=0.05), r"(?s)would take (about|at least) .*--allow-"
    with short, pytest.raises(OverBudget, match=said):
        held(ABSURD[name])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 800_000, "in kilobytes, most of them the libraries' own"


def test_usual_ones_are_far_within() -> None:
    made = image(64, {**DCGAN, "width": 32, "max_width": 256})
    assert held(made, {"label": LABEL}).memory < 2e8


@pytest.mark.parametrize(
    ("use", "option", "value"),
    [
        ("audio/log-mel", "n_fft", 2**25),
        ("audio/log-mel", "hop", 2**30),
        ("image/image", "width", 2**20),
        ("text/text", "length", 2**30),
        ("text/tokens", "length", 2**30),
    ],
)
def test_options_have_an_end(use: str, option: str, value: int) -> None:
    made = {**image(8, DCGAN), "modality": {"use": use, option: value}}
    with pytest.raises(RecipeError, match="less than or equal to"):
        held(made)


def test_what_a_frozen_network_sees_has_an_end() -> None:
    projected = {"use": "image/projected", "model": "test_resnet", "untrained": True}
    with pytest.raises(RecipeError, match="less than or equal to 4096"):
        held(image(32, DCGAN, {**projected, "size": 10_000}))


def test_every_whole_number_of_a_modality_has_an_end() -> None:
    """What it builds for itself is on no meta device."""
    endless = [
        f"{spec.id}.{name}"
        for spec in catalogue().of("modality")
        for name, field in catalogue().load("modality", spec.id).Options.model_fields.items()
        if "int" in str(field.annotation) and "Literal" not in str(field.annotation)
        if not any(type(one).__name__ in ("Le", "Lt") for one in field.metadata)
    ]
    assert endless == []


def test_windows_of_a_vocoder_have_an_end() -> None:
    from mmgan_audio.inverse_stft import InverseSTFT

    with pytest.raises(BadValue, match="at most 4096"):
        InverseSTFT(16_384, 4096)


@torch.no_grad()
def test_a_meter_counts_what_is_alive_at_a_time() -> None:
    net = nn.Sequential(nn.Linear(100, 1000), nn.ReLU(), nn.Linear(1000, 10)).to("meta")
    with Meter("x") as meter:
        net(torch.empty(500, 100, device="meta"))
    # Its input, the wide layer before and after, in bytes; 2 operations for each weight and row.
    assert 4 * 500 * (100 + 2000) <= meter.most <= 4 * 500 * (100 + 2000 + 10)
    assert meter.operations == pytest.approx(2 * 500 * (100 * 1000 + 1000 * 10), rel=0.05)


def test_what_no_meta_device_holds_is_refused_before_it_is_made() -> None:
    with pytest.raises(OverBudget, match="at least"), Meter("x"):
        torch.zeros(2**40)


@torch.no_grad()
def test_attention_takes_what_devices_take() -> None:
    rows = torch.empty(1, 8, 40_000, 16, device="meta")
    with Meter("x") as meter, FusedAttention(meter):
        made = nn.functional.scaled_dot_product_attention(rows, rows, rows)
    assert made.shape == rows.shape
    assert meter.most < 1e8
    assert meter.operations > 4 * 8 * 40_000**2 * 16


def test_a_model_is_held_to_it_and_one_may_allow_more(model: Path) -> None:
    with allowing(memory=1e-4), pytest.raises(OverBudget, match=r"may take 0\.0001 GB") as said:
        load(f"dir:{model}")
    assert "with mmgan_core.allowing(memory=1): ..." in str(said.value)
    assert said.value.exit_code == 4
    with allowing(minutes=1e-6), pytest.raises(OverBudget, match=r"--allow-minutes 1$"):
        ModelDirectory.open(model).model(device=torch.device("cpu"))
    with allowing(memory=1e-4), pytest.raises(OverBudget, match="loading it"):
        ModelDirectory.open(model).check()
    with allowing(memory=1):
        assert load(f"dir:{model}").generate(count=2).image


def test_batches_are_as_large_as_the_budget_allows(model: Path) -> None:
    cost = (
        ModelDirectory.open(model).model(device=torch.device("cpu"))
        and ModelDirectory.open(model).cost
    )
    with allowing(memory=3.5 * cost.memory / 1e9):
        few = load(f"dir:{model}")
    assert few.at_once == 3
    assert len(few.generate(count=7).image) == 7


def test_what_was_found_is_remembered_by_other_processes(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(f"dir:{model}")
    monkeypatch.setattr(costs, "_found", {})
    monkeypatch.setattr("mmgan_core.zoo.directory.cost_of_model", None)
    load(f"dir:{model}")
    with allowing(memory=1e-4), pytest.raises(OverBudget):
        load(f"dir:{model}")


def test_what_is_damaged_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Known("a" * 64, "x").remember(Cost(1.0, 2.0, 3.0))
    monkeypatch.setattr(costs, "_found", {})
    assert Known("a" * 64, "x").cost == Cost(1.0, 2.0, 3.0)
    for content in ("", "[]", "{", '{"x": 1}'):
        (tmp_path / "cache" / "costs.json").write_text(content)
        monkeypatch.setattr(costs, "_found", {})
        assert Known("a" * 64, "x").cost is None


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_what_cannot_be_allowed(value: float) -> None:
    with pytest.raises(UsageError, match="must be above 0"):
        Budget(memory=value)


def test_what_is_allowed_ends_with_its_block() -> None:
    with allowing(memory=9):
        assert budget() == Budget(9, 2)
        with allowing(minutes=7):
            assert budget() == Budget(9, 7)
    assert budget() == Budget()


@pytest.mark.parametrize("text", ["<" + " " * 900_000, "< /" * 300_000, "on" * 450_000])
def test_a_card_is_read_in_time_that_grows_with_it(tmp_path: Path, text: str) -> None:
    card = tmp_path / "README.md"
    card.write_text(text[:150_000])
    # In time: whether it is plain does not matter here.
    with suppress(IntegrityError):
        refuse_active(card)
    card.write_text(text)
    with pytest.raises(IntegrityError, match="larger than 150,000 bytes"):
        refuse_active(card)


def test_every_modality_says_what_it_takes() -> None:
    for spec in catalogue().of("modality"):
        cls = catalogue().load("modality", spec.id)
        for example in cls.examples():
            modality: Modality = cls(cls.Options(**example))
            numbers, computed = modality.work
            assert 0 < numbers <= computed < 1e9


def test_the_command_line_allows_more(model: Path, zoo: Callable[..., Any]) -> None:
    said = zoo("--allow-memory", "0.0001", "verify", f"dir:{model}")
    assert said.code == 4
    assert "--allow-memory 1" in said.err
    assert zoo("verify", f"dir:{model}", "--allow-memory=1").code == 0


def test_what_a_proof_asks_for_is_held_to_it(model: Path, rehash: Callable[..., None]) -> None:
    proof = json.loads((model / "model.json").read_text())["proof"]
    proof["measured"]["evaluator"] |= {"width": 4096}
    rehash(proof=proof)
    with pytest.raises(IntegrityError, match=r"proof\.measured\.evaluator.*'width': 4096"):
        list(verify(model))
    measured = Recorded(**{**proof["measured"], "n": 4096})
    long = Proof(samples=4, tolerance=1e-3, measured=measured)
    with pytest.raises(OverBudget, match="making 4100 recorded samples again"):
        refuse_long(long, Cost(1e6, 60), 64)
