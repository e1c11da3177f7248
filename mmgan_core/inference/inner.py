"""The inner layers of a generator: what their channels are while it makes samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Inner

Hook = Callable[[nn.Module, object, object], object]


def inner_of(generator: nn.Module, make: Callable[[], Tensor], axes: int) -> Inner:
    """The last layer of each grid of places, but for what makes the sample itself.

    Args:
        generator: the generator, which ``make`` calls.
        make: makes samples.
        axes: how many axes of places samples have.
    """
    modules = {name: one for name, one in generator.named_modules() if not any(one.children())}
    called: list[str] = []
    shapes: dict[str, torch.Size] = {}

    def see(name: str) -> Hook:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            called.append(name)
            if isinstance(output, Tensor):
                shapes[name] = output.shape

        return hook

    with _hooked({modules[name]: see(name) for name in modules}), _times(generator) as times:
        make()
    # One that is called more often is shared by several layers.
    order = [name for name in dict.fromkeys(called) if called.count(name) == len(times)]
    of_grid = {
        shapes[name][2:]: name
        for name in order[:-1]
        if name in shapes and len(shapes[name]) == axes + 2 and shapes[name][2:].numel() > 1
    }
    layers = {name: shapes[name][1] for name in of_grid.values() if shapes[name][1] > 1}

    def maps(layer: str) -> Tensor:
        found: list[Tensor] = []

        def keep(_module: nn.Module, _inputs: object, output: object) -> None:
            assert isinstance(output, Tensor)
            found.append(output.detach().float().cpu())

        with _hooked({modules[layer]: keep}):
            make()
        return torch.cat(found)

    def without(layer: str, channels: Sequence[int]) -> Tensor:
        def off(_module: nn.Module, _inputs: object, output: object) -> Tensor:
            assert isinstance(output, Tensor)
            return output.index_fill(1, torch.tensor(channels, device=output.device), 0)

        with _hooked({modules[layer]: off} if channels else {}):
            return make()

    return Inner(layers, maps, without)


@contextmanager
def _hooked(hooks: dict[nn.Module, Hook]) -> Iterator[None]:
    handles = [module.register_forward_hook(hook) for module, hook in hooks.items()]
    try:
        yield
    finally:
        for one in handles:
            one.remove()


@contextmanager
def _times(module: nn.Module) -> Iterator[list[None]]:
    """A list with an element for each time that a module is called."""
    times: list[None] = []
    with _hooked({module: lambda *_: times.append(None)}):
        yield times
