"""Geometry: whole moves are exact, the parameters say what was done, any derivative exists."""

import math

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from mmgan_core.contracts import SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.augment.geometry import Geometry, GeometryOptions
from mmgan_image.augment.resampling import resampling

SAME = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
SIZES = [(3, 12, 10), (1, 7, 7), (2, 1, 9), (4, 5, 1), (1, 1, 1)]
EVERYTHING = ("translation", "fraction", "scale", "stretch", "rotation", "flip", "turns")


def geometry(*policy: str, shape: tuple[int, ...] = (3, 12, 10), **options: object) -> Geometry:
    chosen = GeometryOptions.model_validate({"policy": policy, **options})
    return Geometry(chosen, SampleSpace("image", shape))


def moved(
    sample: Tensor, rows: list[list[float]], border: str = "reflect", value: float = 0.0
) -> Tensor:
    """Every row by the same map."""
    source = torch.tensor(rows).expand(len(sample), 2, 3)
    size = (sample.shape[2], sample.shape[3])
    return resampling(source, size, border=border, value=value)(sample)  # type: ignore[arg-type]


def picture(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("border", ["edge", "reflect", "value"])
def test_the_identity_leaves_samples_as_they_are(shape: tuple[int, ...], border: str) -> None:
    sample = picture(3, *shape)
    assert torch.equal(moved(sample, SAME, border, -1.0), sample)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("border", ["edge", "reflect", "value"])
def test_any_size_is_changed_within_its_range(shape: tuple[int, ...], border: str) -> None:
    torch.manual_seed(0)
    sample = picture(6, *shape).clamp(-1, 1)
    change = geometry(*EVERYTHING, shape=shape, border=border, angle=180).sample(sample)
    changed = change(sample)
    assert changed.shape == sample.shape
    assert changed.abs().max() <= 1 + 1e-5
    assert torch.equal(changed, change(sample))


def test_flips_and_quarter_turns_are_exact() -> None:
    torch.manual_seed(0)
    sample = picture(16, 3, 8, 8)
    change = geometry("flip", shape=(3, 8, 8)).sample(sample)
    assert change.augmentation_parameters is not None
    for row, before, (flipped,) in zip(
        change(sample), sample, change.augmentation_parameters, strict=True
    ):
        assert torch.equal(row, before.flip(2) if flipped else before)
    change = geometry("turns", shape=(3, 8, 8)).sample(sample)
    assert change.augmentation_parameters is not None
    parameters = [(0, 0), (1, 1), (0, 2), (-1, 1)]
    seen = set()
    for row, before, (sine, less) in zip(
        change(sample), sample, change.augmentation_parameters, strict=True
    ):
        quarters = parameters.index((int(sine), int(less)))
        assert torch.equal(row, before.rot90(quarters, (1, 2)))
        seen.add(quarters)
    assert seen == {0, 1, 2, 3}


def test_what_is_not_square_turns_by_halves() -> None:
    torch.manual_seed(0)
    sample = picture(8, 1, 4, 7)
    changed = geometry("turns", shape=(1, 4, 7)).sample(sample)(sample)
    halves = [
        torch.equal(row, one.rot90(2, (1, 2))) for row, one in zip(changed, sample, strict=True)
    ]
    assert all(
        half or torch.equal(row, one)
        for half, row, one in zip(halves, changed, sample, strict=True)
    )
    assert len(set(halves)) == 2


def test_translation_by_whole_pixels_is_slicing() -> None:
    torch.manual_seed(0)
    sample = picture(16, 2, 12, 10)
    change = geometry("translation", shift=0.25, border="value", value=7.0).sample(sample)
    changed = change(sample)
    assert change.augmentation_parameters is not None
    for row, before, parameters in zip(
        changed, sample, change.augmentation_parameters, strict=True
    ):
        right, down = (parameters * torch.tensor([3, 3])).round().int().tolist()
        expected = torch.full_like(before, 7.0)
        into = (slice(max(down, 0), 12 + min(down, 0)), slice(max(right, 0), 10 + min(right, 0)))
        out = (slice(max(-down, 0), 12 + min(-down, 0)), slice(max(-right, 0), 10 + min(-right, 0)))
        expected[:, *into] = before[:, *out]
        assert torch.equal(row, expected)
    assert change.augmentation_parameters.abs().max() == 1


def test_borders() -> None:
    sample = torch.arange(5.0).view(1, 1, 1, 5)
    right = [[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]]
    far = [[1.0, 0.0, 6.0], [0.0, 1.0, 0.0]]
    assert moved(sample, right, "edge").flatten().tolist() == [0, 0, 0, 1, 2]
    assert moved(sample, right, "reflect").flatten().tolist() == [2, 1, 0, 1, 2]
    assert moved(sample, right, "value", 9).flatten().tolist() == [9, 9, 0, 1, 2]
    assert moved(sample, far, "reflect").flatten().tolist() == [2, 1, 0, 1, 2]
    half = [[1.0, 0.0, -0.5], [0.0, 1.0, 0.0]]
    assert moved(sample, half, "value", 9).flatten().tolist() == [4.5, 0.5, 1.5, 2.5, 3.5]


def test_outside_is_the_smallest_value_unless_it_is_said() -> None:
    far = {"policy": ("fraction",), "shift": 1.0, "border": "value"}
    sample = torch.ones(64, 1, 6, 6)
    for value, found in ((None, 2.0), (5.0, 5.0)):
        options = GeometryOptions.model_validate({**far, "value": value})
        module = Geometry(options, SampleSpace("image", (1, 6, 6), low=2.0, high=4.0))
        torch.manual_seed(0)
        changed = module.sample(sample)(sample)
        assert (changed == found).all((1, 2, 3)).any()


@pytest.mark.parametrize("border", ["edge", "reflect", "value"])
def test_all_the_way_round_is_nothing(border: str) -> None:
    sample = picture(2, 3, 12, 10)
    angle = torch.tensor(2 * math.pi)
    cosine, sine = float(angle.cos()), float(angle.sin())
    turned = moved(sample, [[cosine, -sine, 0], [sine, cosine, 0]], border)
    torch.testing.assert_close(turned, sample, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["scale", "stretch", "rotation", "fraction"])
def test_augmentation_parameters_say_what_was_done(name: str) -> None:
    """A smooth picture against its formula at the places that the parameters give, inside."""
    torch.manual_seed(0)
    size = 41
    places = torch.arange(size) - (size - 1) / 2

    def wave(x: Tensor, y: Tensor) -> Tensor:
        return (0.11 * x + 0.4).sin() + (0.07 * y).cos()

    across, down = places.expand(size, size), places[:, None].expand(size, size)
    sample = wave(across, down).expand(8, 1, size, size)
    change = geometry(name, shape=(1, size, size), angle=60, scale=0.2, shift=0.05).sample(sample)
    assert change.augmentation_parameters is not None
    for row, parameters in zip(change(sample), change.augmentation_parameters, strict=True):
        if name in ("scale", "stretch"):
            factor = 2 ** (0.2 * parameters[0])
            x, y = across / factor, down / factor if name == "scale" else down * factor
        elif name == "rotation":
            sine, cosine = parameters[0] * math.sin(math.pi / 3), 1 - parameters[1] * 0.5
            assert sine**2 + cosine**2 == pytest.approx(1, abs=1e-5)
            x, y = cosine * across - sine * down, sine * across + cosine * down
        else:
            x, y = across - 0.05 * size * parameters[0], down - 0.05 * size * parameters[1]
        middle = slice(15, 26)
        torch.testing.assert_close(
            row[0, middle, middle], wave(x, y)[middle, middle], atol=3e-3, rtol=0
        )


def test_changes_are_done_in_order() -> None:
    torch.manual_seed(0)
    sample = picture(8, 1, 6, 6)
    change = geometry(
        "flip", "turns", "translation", shape=(1, 6, 6), shift=0.2, border="value", value=0.0
    ).sample(sample)
    assert change.augmentation_parameters is not None
    for row, before, parameters in zip(
        change(sample), sample, change.augmentation_parameters, strict=True
    ):
        flip, sine, less, right, down = parameters.round().int().tolist()
        quarters = {(0, 0): 0, (1, 1): 1, (0, 2): 2, (-1, 1): 3}[sine, less]
        expected = (before.flip(2) if flip else before).rot90(quarters, (1, 2))
        expected = torch.nn.functional.pad(expected, (1, 1, 1, 1))
        expected = expected[:, 1 - down : 7 - down, 1 - right : 7 - right]
        torch.testing.assert_close(row, expected)


def test_augmentation_parameters_are_of_about_unit_size() -> None:
    torch.manual_seed(0)
    module = geometry(*EVERYTHING, shape=(3, 12, 12), angle=10)
    parameters = module.sample(torch.zeros(4096, 3, 12, 12)).augmentation_parameters
    assert parameters is not None
    assert parameters.shape == (4096, module.num_augmentation_parameters)
    assert parameters.shape[1] == 11
    assert parameters.abs().amax(0).min() > 0.8
    assert (
        (parameters.square().mean(0).sqrt() > 0.3) & (parameters.square().mean(0).sqrt() < 1.7)
    ).all()


def test_the_default_keeps_what_can_be_read() -> None:
    assert not {"flip", "turns"} & set(GeometryOptions().policy)
    assert GeometryOptions().angle == 10


def test_it_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    sample = picture(2, 2, 4, 3).double().requires_grad_()
    for border in ("edge", "reflect", "value"):
        change = geometry(*EVERYTHING, shape=(2, 4, 3), angle=90, border=border).sample(sample)
        assert gradcheck(lambda s, c=change: c(s).sin(), (sample,))
        assert gradgradcheck(lambda s, c=change: c(s).sin(), (sample,))


def test_the_slope_through_it_is_as_computed_by_hand() -> None:
    """R1 of D(x) = w |A x|^2 / 2 is w^2 |A' A x|^2 / 2, its derivative by w the double over w."""
    torch.manual_seed(0)
    sample = picture(1, 1, 4, 5).double()
    change = geometry("rotation", "fraction", shape=(1, 4, 5), angle=90).sample(sample)
    basis = torch.eye(20).double().view(20, 1, 1, 4, 5)
    matrix = torch.stack([change(one).flatten() for one in basis], dim=1)
    weight = torch.tensor(1.5, dtype=torch.double, requires_grad=True)
    leaf = sample.clone().requires_grad_()
    critic = weight * change(leaf).square().sum() / 2
    (slope,) = torch.autograd.grad(critic, leaf, create_graph=True)
    penalty = slope.square().sum() / 2
    by_hand = (matrix.T @ matrix @ sample.flatten()).square().sum() / 2
    torch.testing.assert_close(penalty, 1.5**2 * by_hand)
    penalty.backward()
    torch.testing.assert_close(weight.grad, 2 * 1.5 * by_hand)


def test_it_needs_pictures() -> None:
    with pytest.raises(BadValue, match="C, H, W"):
        Geometry(GeometryOptions(), SampleSpace("label", (10,)))
