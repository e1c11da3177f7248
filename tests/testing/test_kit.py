"""The contract tests pass healthy components, and each check catches a broken one."""

import json
from dataclasses import replace

import pytest

from mmgan_core import Spec
from mmgan_core.contracts import ConditionSpace
from mmgan_core.errors import BadValue, UsageError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import KINDS
from mmgan_core.testing import Report, Result, check_plugin
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import CHECKS
from mmgan_core.testing.runner import checks_for, components, run_check, run_checks
from mmgan_core.testing.subjects import Subject, subject_of_class

from .broken import BROKEN
from .broken.padding import Ends, Strided
from .healthy import HEALTHY, KIND, Frozen, Mixing, Repairer, WithModel
from .unusual import UNUSUAL, MapsAlone, TokensAlone, Unconditional


class UninstalledSourceCase(PlainCase):
    """A data source that no plugin supplies."""


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch):
    """Makes a subject of a component, with a catalogue that has the healthy modality too."""
    shelf = catalogue()
    number = Spec("test/number", "nowhere:Number", "Numbers", modalities=(KIND,), default=True)
    monkeypatch.setitem(shelf._specs["modality"], number.id, number)
    load = type(shelf).load
    monkeypatch.setattr(
        type(shelf),
        "load",
        lambda self, kind, use, **k: (
            HEALTHY["modality"] if use == number.id else load(self, kind, use, **k)
        ),
    )
    monkeypatch.setattr("mmgan_core.testing.subjects.DataSourceCase", UninstalledSourceCase)

    def make(kind: str, cls: type, **changes: object) -> Subject:
        spec = replace(number, id=f"test/{kind.replace('_', '-')}", default=False, **changes)
        return subject_of_class(shelf, kind, spec, cls)

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_component_passes(subject, kind: str) -> None:
    found = [run_check(check, subject(kind, HEALTHY[kind])) for check in checks_for(kind)]
    assert [r for r in found if r.outcome == "failed"] == []
    assert sum(r.outcome == "passed" for r in found) >= 6


@pytest.mark.parametrize(("kind", "cls", "changes"), UNUSUAL, ids=lambda v: str(v)[:60])
def test_an_unusual_component_passes(subject, monkeypatch, kind, cls, changes) -> None:
    everything = ConditionSpace(5, token_dim=4, map_channels=2)
    if cls in (TokensAlone, MapsAlone):
        monkeypatch.setattr("mmgan_core.testing.subjects.CONDITIONS", (everything,))
    found = list(run_checks(subject(kind, cls, **changes)))
    assert [r for r in found if r.outcome == "failed"] == []
    assert sum(r.outcome == "passed" for r in found) >= 6


def test_an_unconditional_discriminator_must_say_so(subject) -> None:
    found = [r for r in run_checks(subject("discriminator", Unconditional)) if r.advice]
    assert [r.check for r in found] == ["the condition matters"]
    assert "unconditional=True" in found[0].advice


def test_one_crash_is_one_failure_with_the_exception_and_its_place(subject) -> None:
    class Crashing(HEALTHY["generator"]):
        def forward(self, noise, condition):
            return self.layer(noise)  # its size is that of noise and condition

    found = list(run_checks(subject("generator", Crashing)))
    (failed,) = [r for r in found if r.outcome == "failed"]
    assert failed.check == "it can be used"
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied" in failed.reason
    assert "test_kit.py" in failed.reason
    assert "in forward" in failed.reason


def test_a_later_crash_is_reported_once(subject) -> None:
    class NeedsFour(HEALTHY["discriminator"]):
        def forward(self, sample, condition):
            if len(sample) not in (4, 6, 8):
                raise ZeroDivisionError("an odd batch")
            return super().forward(sample, condition)

    found = list(run_checks(subject("discriminator", NeedsFour)))
    (failed,) = [r for r in found if r.outcome == "failed"]
    assert "ZeroDivisionError: an odd batch" in failed.reason
    again = [r for r in found if r.reason == f"it crashes as in: {failed.check}"]
    assert len(again) >= 2
    assert {r.outcome for r in again} == {"skipped"}


@pytest.mark.parametrize(
    ("crash", "reason"),
    [
        ("raise RuntimeError('no examples today')", "RuntimeError: no examples today"),
        ("return ({'size': 'many'},)", "size"),
    ],
)
def test_a_fault_of_the_examples_is_one_failure(subject, crash: str, reason: str) -> None:
    scope: dict[str, object] = {"Loss": HEALTHY["loss"]}
    exec(f"class Odd(Loss):\n  @classmethod\n  def examples(cls): {crash}", scope)
    (failed,) = [r for r in run_checks(subject("loss", scope["Odd"])) if r.outcome == "failed"]
    assert failed.check == "its examples can be built, and read from a recipe"
    assert reason in failed.reason


def test_a_constructor_that_raises_is_one_failure(subject) -> None:
    class Raising(HEALTHY["encoder"]):
        def __init__(self, options, modality):
            super().__init__(options, modality)
            raise KeyError("width")

    (failed,) = [r for r in run_checks(subject("encoder", Raising)) if r.outcome == "failed"]
    assert "KeyError: 'width' (test_kit.py" in failed.reason


@pytest.mark.parametrize(("kind", "name", "cls", "changes"), BROKEN, ids=lambda v: str(v)[:60])
def test_a_broken_component_is_caught(subject, kind, name, cls, changes) -> None:
    (check,) = [check for check in checks_for(kind) if check.name == name]
    result = run_check(check, subject(kind, cls, **changes))
    assert result.outcome == "failed", result
    assert result.reason
    assert result.advice


def test_every_check_has_a_component_that_it_catches() -> None:
    checks_for("generator")
    assert {check.name for check in CHECKS} == {name for _, name, _, _ in BROKEN}


def test_capabilities_decide_which_checks_run(subject) -> None:
    declared = subject("generator", HEALTHY["generator"], keeps_batch_state=True)
    found = {check.name: run_check(check, declared) for check in checks_for("generator")}
    assert found["rows of a training batch do not affect one another"].outcome == "skipped"
    assert "keeps_batch_state" in found["rows of a training batch do not affect one another"].reason
    assert found["torch.export takes it"].outcome == "skipped"


def test_a_repairing_generator_gets_masked_samples(subject) -> None:
    repairer = subject("generator", Repairer, repairs=True)
    assert len(repairer.cases) == 1
    found = [run_check(check, repairer) for check in checks_for("generator")]
    assert [r for r in found if r.outcome == "failed"] == []
    (case,) = repairer.cases
    inputs = case.inputs(case.build())
    assert inputs["mask"].shape == inputs["known"].shape == (4, 6)
    assert not inputs["known"][inputs["mask"] > 0].any()
    assert {0.0, 1.0} == set(inputs["mask"].flatten().tolist())
    refused = subject("generator", Repairer)
    assert not refused.cases
    assert "repair:" in refused.refused[0]


def test_frozen_weights_beside_trainable_ones_are_allowed(subject) -> None:
    checks = checks_for("encoder")
    found = {check.name: run_check(check, subject("encoder", Frozen)) for check in checks}
    assert [r for r in found.values() if r.outcome == "failed"] == []
    assert found["what it freezes stays as it is in training"].outcome == "passed"


def test_a_frozen_model_beside_trainable_weights_is_allowed(subject) -> None:
    checks = checks_for("encoder")
    found = {check.name: run_check(check, subject("encoder", WithModel)) for check in checks}
    assert [r for r in found.values() if r.outcome == "failed"] == []
    name = "a frozen model that it works with stays as it is in training"
    assert found[name].outcome == "passed"


def test_an_augmentation_may_mix_the_rows_that_it_declares(subject) -> None:
    checks = checks_for("augmentation")
    found = {check.name: run_check(check, subject("augmentation", Mixing)) for check in checks}
    assert [r for r in found.values() if r.outcome == "failed"] == []
    assert found["rows are mixed only as declared"].outcome == "passed"
    assert found["rows of a training batch do not affect one another"].outcome == "skipped"


def test_an_auxiliary_loss_for_other_generators_is_skipped(subject) -> None:
    class Choosy(HEALTHY["auxiliary_loss"]):
        def forward(self, step):
            raise BadValue("it needs a generator with styles")

    for check in checks_for("auxiliary_loss"):
        result = run_check(check, subject("auxiliary_loss", Choosy))
        assert result.outcome == ("passed" if check.once else "skipped")
        reasons = ("styles", "no frozen model", "no weights", "needs_fake")
        assert check.once or any(reason in result.reason for reason in reasons)


def test_a_report_counts_results_and_gives_advice() -> None:
    report = Report(
        "mine",
        [
            Result("loss mine/a", "one", "passed"),
            Result("loss mine/a", "two", "failed", "it is wrong", "correct it"),
            Result("loss mine/b", "one", "skipped", "no weights"),
        ],
    )
    assert not report.ok
    assert report.counts() == {"passed": 1, "skipped": 1, "failed": 1}
    assert "| loss mine/a | 1 | 0 | 1 |" in report.table()
    assert "correct it" in report.failures()
    assert "no weights" in report.skips()
    json.dumps(report.plain())


def test_an_unknown_plugin_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'image'"):
        check_plugin("imagee")
    assert ("generator", "image/r3") in [(k, s.id) for k, s in components("image")]


def test_a_discriminator_that_ignores_padding_passes(subject) -> None:
    found = [
        run_check(check, subject("discriminator", Strided)) for check in checks_for("discriminator")
    ]
    assert [r for r in found if r.outcome == "failed"] == []
    assert "padding makes no difference if it says so" in {
        r.check for r in found if r.outcome == "passed"
    }
    ends = [run_check(check, subject("modality", Ends)) for check in checks_for("modality")]
    assert "its samples hold padding where its values have ended" in {
        r.check for r in ends if r.outcome == "passed"
    }
