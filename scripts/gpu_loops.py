"""Steps of our training beside other loops, in one run: at equal networks, batch and precision.

The bare loop is written from the formulas of R3GAN (Huang et al. 2024,
https://arxiv.org/abs/2501.05441): relativistic pairing, R1 and R2 from the same forward pass, Adam
and an average, in nothing but PyTorch, with our networks, and with one batch that lies on the
device. Other projects run with their own networks and default settings, so that only their samples
a second can be compared, and not their networks.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import softplus
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from scripts.gpu_cases import Case, Changes
from scripts.gpu_machine import peak_flops
from scripts.gpu_parts import Bench, Facts, Part, Skipped, recipe_of

if TYPE_CHECKING:
    from mmgan_core.training.trainer import Trainer

Step = Callable[[], object]
# R3GAN's own gamma matters for what is learned, and not for how long a step takes.
GAMMA = 0.05
PICTURES = 64
# What a project needs besides, so that it trains and does nothing else.
OWN_OPTIONS: Mapping[str, Mapping[str, Any]] = {"lightweight-gan": {"use_aim": False}}


def loops(device: torch.device) -> dict[str, Part]:
    """Return the loops that are compared, in order."""
    found: dict[str, Part] = {
        "bare loop": lambda bench, case: bare_loop(bench, case, "fp32"),
        "ours": lambda bench, case: ours(bench, case, {}),
        "bare loop bf16": lambda bench, case: bare_loop(bench, case, "bf16"),
        "ours bf16": lambda bench, case: ours(bench, case, {"train.precision": "bf16"}),
        "ours compiled": lambda bench, case: ours(bench, case, {"train.compile": True}),
        "ours compiled bf16": lambda bench, case: ours(
            bench, case, {"train.compile": True, "train.precision": "bf16"}
        ),
        "stylegan2-pytorch": lambda bench, case: other(bench, case, "stylegan2_pytorch"),
        "lightweight-gan": lambda bench, case: other(bench, case, "lightweight_gan"),
    }
    return found


def ours(bench: Bench, case: Case, changes: Changes) -> Facts:
    """Time steps of the trainer as it is."""
    trainer = trainer_of(bench, case, changes)
    compiled = trainer.recipe.train.compile
    # Operations are counted in steps that are not compiled; they are the same.
    counts = None if compiled else _counted(trainer.train_step)
    facts = timed(trainer.train_step, trainer.recipe.train.batch_size, bench)
    return _told(bench, facts, counts, trainer.recipe.train.precision, _weights(trainer))


def bare_loop(bench: Bench, case: Case, precision: str) -> Facts:
    """Time steps of a loop that knows nothing but two networks and a batch."""
    trainer = trainer_of(bench, case, {})
    step = bare_step(trainer, precision)
    counts = _counted(step)
    facts = timed(step, trainer.recipe.train.batch_size, bench)
    return _told(bench, facts, counts, precision, _weights(trainer))


def bare_step(trainer: Trainer, precision: str) -> Step:
    """Return one step of R3GAN's loop, from its formulas."""
    from mmgan_core.contracts import Condition

    device, gan = trainer.device, trainer.gan
    name = next(iter(gan.generators))
    make, judge = gan.generators[name], gan.discriminators[name]
    noise_dim = gan.noise_dims[name]
    real = trainer.batch(0, 0).real[name].clone()
    given = Condition(torch.zeros(len(real), 0, device=device))
    settings: dict[str, Any] = {"lr": 2e-4, "betas": (0.0, 0.9), "fused": True}
    of_make = torch.optim.Adam(make.parameters(), **settings)
    of_judge = torch.optim.Adam(judge.parameters(), **settings)
    average = [weight.detach().clone() for weight in make.parameters()]

    def cast() -> AbstractContextManager[object]:
        if precision == "fp32":
            return nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)

    def slope(logits: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(logits.sum(), sample, create_graph=True)
        return gradient.float().square().flatten(1).sum(1)

    def step() -> None:
        noise = torch.randn(2, len(real), noise_dim, device=device)
        judge.requires_grad_(True)
        with torch.no_grad(), cast():
            fake = make(noise[0], given).float()
        shown = real.detach().requires_grad_(True)
        fake = fake.detach().requires_grad_(True)
        with cast():
            of_real, of_fake = (judge(one, given).logits for one in (shown, fake))
        steep = slope(of_real, shown) + slope(of_fake, fake)
        loss = (softplus(of_fake.float() - of_real.float()) + GAMMA / 2 * steep).mean()
        of_judge.zero_grad(set_to_none=True)
        loss.backward()
        of_judge.step()
        judge.requires_grad_(False)
        with cast():
            with torch.no_grad():
                of_real = judge(real, given).logits
            of_fake = judge(make(noise[1], given), given).logits
        loss = softplus(of_real.float() - of_fake.float()).mean()
        of_make.zero_grad(set_to_none=True)
        loss.backward()
        of_make.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, [w.detach() for w in make.parameters()], 1e-3)

    return step


def other(bench: Bench, case: Case, module: str) -> Facts:
    """Time steps of another project, by its own trainer, if it is installed; it needs a GPU."""
    project = module.replace("_", "-")
    if bench.device.type != "cuda":  # without one they cannot even be imported
        raise Skipped(f"{project} trains on a GPU only")
    try:
        found = _imported(f"{module}.{module}")
    except ImportError as error:
        raise Skipped(f"{project} cannot be imported: {error}") from None
    trainer = trainer_of(bench, case, {})
    folder = bench.folder / module
    pictures = folder / "pictures"
    _write_pictures(trainer, pictures)
    batch, side = trainer.recipe.train.batch_size, trainer.batch(0, 0).real["image"].shape[-1]
    del trainer
    own = found.Trainer(
        name="check",
        results_dir=str(folder / "results"),
        models_dir=str(folder / "models"),
        base_dir=str(folder),
        image_size=side,
        batch_size=batch,
        gradient_accumulate_every=1,
        **OWN_OPTIONS.get(project, {}),
    )
    # The first of several processes stops every 100 steps, to draw and to save; this is no step.
    own.is_main = False
    own.set_data_src(str(pictures))
    facts = timed(own.train, batch, bench)
    return {**facts, "says": f"{_rate(facts)}; with its own network and settings"}


def _imported(module: str) -> Any:
    """Import a module, even if aim is missing, which could note runs: nobody asks for that."""
    if importlib.util.find_spec("aim"):
        return importlib.import_module(module)
    sys.modules["aim"] = ModuleType("aim")
    try:
        return importlib.import_module(module)
    finally:
        del sys.modules["aim"]  # for others look whether it is there


def timed(step: Step, batch: int, bench: Bench) -> Facts:
    """Time steps until the time is over, in stretches in which nothing waits for the device."""
    began = time.perf_counter()
    step()
    _wait(bench.device)
    first = time.perf_counter() - began
    for _ in range(2):
        step()
    _wait(bench.device)
    steps, stretch, began = 0, 1, time.perf_counter()
    took = 0.0
    while took < bench.size.loop_seconds:
        for _ in range(stretch):
            step()
        _wait(bench.device)
        steps += stretch
        took = time.perf_counter() - began
        left = bench.size.loop_seconds - took
        stretch = max(1, min(2 * stretch, int(left / took * steps)))
    return {
        "samples_per_second": steps * batch / took,
        "steps": steps,
        "batch": batch,
        "first_step_seconds": first,
        "step_seconds": took / steps,
    }


def trainer_of(bench: Bench, case: Case, changes: Changes) -> Trainer:
    """Return a trainer of a case, ready for its first step."""
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_feed
    from mmgan_core.training.networks import Networks
    from mmgan_core.training.processes import Processes
    from mmgan_core.training.trainer import Trainer

    with torch.random.fork_rng(devices=[]):
        blueprint, source = open_recipe(recipe_of(case, 1_000_000, changes))
        networks = Networks(blueprint)
        feed = open_feed(blueprint, networks.gan, source, "train")
        return Trainer(blueprint, networks, feed, Processes(cpu=bench.cpu))


def _told(bench: Bench, facts: Facts, counts: Facts | None, precision: str, weights: int) -> Facts:
    facts |= {"precision": precision, "weights": weights, **(counts or {})}
    says = f"{_rate(facts)}; {weights / 1e6:.1f} M weights"
    peak = peak_flops(bench.device, precision)
    if counts is not None:
        says += f", {counts['operations_per_step']:,} operations"
        facts["flops_per_second"] = counts["flops_per_step"] / facts["step_seconds"]
        says += f"; {facts['flops_per_second'] / 1e12:.3g} TFLOP/s"
        if peak:
            facts["utilisation"] = facts["flops_per_second"] / peak
            says += f", {facts['utilisation']:.0%} of the card's {peak / 1e12:.0f}"
    return {**facts, "says": says}


def _rate(facts: Facts) -> str:
    return f"{facts['step_seconds'] * 1e3:.1f} ms a step of {facts['batch']}"


class _Operations(TorchDispatchMode):
    """Counts what is asked of torch's kernels, views included, and its floating point operations.

    torch's own counter also follows modules, which it cannot do through a gradient of a gradient.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count, self.flops = 0, 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **kwargs or {})
        self.count += 1
        if count := flop_registry.get(func._overloadpacket):
            self.flops += count(*args, **kwargs or {}, out_val=result)
        return result


def _counted(step: Step) -> Facts:
    """Count the operations of one step, and their floating point operations."""
    with _Operations() as found:
        step()
    return {"flops_per_step": found.flops, "operations_per_step": found.count}


def _weights(trainer: Trainer) -> int:
    return sum(weight.numel() for weight in trainer.networks.parameters())


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _write_pictures(trainer: Trainer, folder: Path) -> None:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    real = trainer.batch(0, 0).real["image"]
    pixels = ((real.clamp(-1, 1) + 1) * 127.5).byte().permute(0, 2, 3, 1).cpu().numpy()
    for number in range(max(PICTURES, len(pixels))):
        picture = Image.fromarray(pixels[number % len(pixels)])
        picture.save(folder / f"{number:05d}.png")
