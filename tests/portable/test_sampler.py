"""A sampler makes what the model makes; and what cannot be one is refused."""

from __future__ import annotations

import pytest
import torch

from mmgan_core import load
from mmgan_core.contracts import NotPortable
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import _numbers
from mmgan_core.portable import written
from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.parity import cases_of, difference
from mmgan_core.portable.sampler import Sampler

GIVEN = ({"text": "three", "label": "three"}, {"label": "seven"}, {})


@pytest.fixture(scope="module")
def model() -> Model:
    return load("digits")


@pytest.mark.parametrize("given", GIVEN)
def test_it_makes_what_the_model_makes(model: Model, given: dict[str, str]) -> None:
    sampler = Sampler(model).eval()
    fed = fed_of(sampler, 3, 0, tuple(given))
    for name, value in given.items():
        read = sampler.readings[name].prepare([value] * 3)
        fed |= {f"given.{name}.{key}": rows for key, rows in read.items()}
    fed["noise.image"] = noise_rows(5, 3, 64)
    assert sampler.drawing is not None
    place, normal = _numbers(5, range(3), sampler.drawing.count)
    fed |= {"prior.place": place.float(), "prior.normal": normal.float()}
    wanted = model.generate(count=3, seed=5, **given).tensors["image"]
    with torch.no_grad():
        (found,) = sampler(fed)
    torch.testing.assert_close(found, wanted.clamp(-1, 1), atol=2e-4, rtol=0)


def test_what_is_absent_may_hold_anything(model: Model) -> None:
    sampler = Sampler(model).eval()
    one, other = (fed_of(sampler, 2, seed, ()) for seed in (0, 1))
    kept = {n: t for n, t in one.items() if n.startswith(("noise.", "prior.")) or not t.dim()}
    with torch.no_grad():
        assert torch.equal(sampler(one)[0], sampler({**other, **kept})[0])


def test_another_noise_is_noticed(model: Model) -> None:
    """The planted mistake: an engine that gives each sample the noise of the next one."""
    sampler = Sampler(model).eval()
    cases = cases_of(sampler)

    def swapped(fed):  # type: ignore[no-untyped-def]
        noise = {n: rows[::-1].copy() for n, rows in fed.items() if n.startswith("noise.")}
        with torch.no_grad():
            return [
                one.numpy()
                for one in sampler({n: torch.as_tensor(t) for n, t in {**fed, **noise}.items()})
            ]

    def same(fed):  # type: ignore[no-untyped-def]
        with torch.no_grad():
            return [one.numpy() for one in sampler({n: torch.as_tensor(t) for n, t in fed.items()})]

    assert difference(same, cases)[0] <= 1e-6
    with pytest.raises(IntegrityError, match="other samples than torch"):
        written._refused_unlike(swapped, cases, model.name)


def test_a_component_that_says_nothing_is_refused(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> object:
        raise NotPortable("it hums the value to itself")

    monkeypatch.setattr(model.gan.encoder("text"), "reading", nothing)
    with pytest.raises(UsageError, match="text: it hums the value to itself"):
        Sampler(model)


def test_a_prior_of_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph holds matrices for each choice of entries: twice as many with each entry more."""
    monkeypatch.setattr("mmgan_core.portable.sampler.MOST_ENTRIES", 2)
    with pytest.raises(UsageError, match="its prior: it draws 3 entries, and a graph 2 at most"):
        Sampler(load("digits-28"))


def test_what_is_no_number_does_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "difference", lambda engine, cases: (float("nan"), 0.0))
    with pytest.raises(IntegrityError):
        written._refused_unlike(None, [], "model")
