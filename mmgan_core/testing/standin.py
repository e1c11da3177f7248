"""A stand-in for an accelerator: the CPU computes, with tensors that say they lie elsewhere.

It needs no hardware. What mixes its tensors with those of the CPU raises, as on a GPU; what makes
the host wait for the device, such as ``.item()``, ``bool(tensor)`` or ``.cpu()``, and what copies
to the device from memory that is not pinned, is noted with its line. Numbers are those of the CPU,
random ones too, so that a training on it can be compared with one on the CPU; gradients are added
in another order.

torch knows a device until its process ends, and then takes it for the accelerator of the machine:
use this in a process of its own, before any backward pass.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import cast

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from mmgan_core.errors import UsageError
from mmgan_core.foundation.tensors_in import tensors_in
from mmgan_core.testing.standin_kernels import KERNELS

DEVICE = "standin"

# What has to know values on the host: the size of a result, or a number.
_WAITS = (
    *("_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select", "bincount"),
    *("_unique2", "unique_dim", "unique_consecutive", "_linalg_eigh", "_linalg_svd"),
)
_INDEXING = ("index", "index_put", "index_put_", "_unsafe_index", "_index_put_impl_")
_TORCH, _OWN = str(Path(torch.__file__).parent), __file__


class MixedDevices(RuntimeError):
    """An operation takes tensors of two devices."""


class Log:
    """What the device noted: how often each thing happened, by what it is and its line."""

    def __init__(self) -> None:
        self.waits: Counter[str] = Counter()
        self.copies: Counter[str] = Counter()

    def stops(self) -> list[str]:
        """Where the host waits for the device or for a copy, in order."""
        return [
            *(f"the host waits for {what}" for what in sorted(self.waits)),
            *(f"a copy from unpinned memory blocks: {where}" for where in sorted(self.copies)),
        ]

    def clear(self) -> None:
        """Forget what has been noted."""
        self.waits.clear()
        self.copies.clear()


@contextmanager
def standin_device() -> Iterator[Log]:
    """Let there be the device ``standin`` in this block and thread; returns its notes.

    Example:
        >>> with standin_device() as log:
        ...     network.to("standin")(samples.to("standin"))
        >>> assert not log.stops()

    Raises:
        UsageError: if this version of torch cannot have a device that is written in Python.
    """
    _register()
    log = Log()
    kept = Tensor.pin_memory, Tensor.is_pinned
    try:
        # Threads that load data pin them, and know nothing of this block.
        Tensor.pin_memory = _pinned  # type: ignore[method-assign,assignment]
        Tensor.is_pinned = _is_pinned  # type: ignore[method-assign,assignment]
        with _FromPython(), _Elsewhere(log):
            yield log
    finally:
        Tensor.pin_memory, Tensor.is_pinned = kept  # type: ignore[method-assign]


@cache
def _register() -> None:
    setup = getattr(backend_registration, "_setup_privateuseone_for_python_backend", None)
    if setup is None:
        raise UsageError(
            f"torch {torch.__version__} can have no device that is written in Python",
            hint="install torch 2.10 or later to test on the stand-in device",
        )
    setup(DEVICE, backend_module=_Module())
    # Nothing is cast: what matters is where tensors lie.
    casts = torch.library.Library("_", "IMPL")
    casts.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
    _kept.append(casts)


_kept: list[object] = []  # what torch forgets once Python does


class _Module:
    """What torch asks the module of a device."""

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed_all(self, seed: int) -> None:
        """Random numbers are those of the CPU, which is seeded already."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


class _There(Tensor):
    """A tensor that says it lies on the device; ``on_cpu`` holds its numbers."""

    on_cpu: Tensor

    @staticmethod
    def __new__(cls, on_cpu: Tensor) -> _There:
        there: _There = Tensor._make_wrapper_subclass(
            cls,
            on_cpu.shape,
            strides=on_cpu.stride(),
            storage_offset=on_cpu.storage_offset(),
            dtype=on_cpu.dtype,
            device=torch.device(DEVICE, 0),
        )
        there.on_cpu = on_cpu
        return there

    # Functions see a plain tensor; operations are dispatched below.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    def tolist(self) -> list[object]:
        return self.cpu().tolist()

    def numpy(self, *, force: bool = False) -> object:  # type: ignore[override]
        if force:
            return self.detach().cpu().numpy()
        raise TypeError(f"can't convert a tensor on {DEVICE} to numpy: use Tensor.cpu() first")

    def __repr__(self) -> str:  # type: ignore[override]
        return f"on the stand-in device, {tuple(self.shape)}, {self.dtype}"

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        return _called(func, args, kwargs or {}, Log())  # outside of the block


class _Elsewhere(TorchDispatchMode):
    def __init__(self, log: Log) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.log = log

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        return _called(func, args, kwargs or {}, self.log)


class _FromPython(TorchFunctionMode):
    """Makes tensors of Python numbers, which torch does beneath its modes, on the CPU first."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        named = dict(kwargs or {})
        if func is Tensor.new_tensor and isinstance(args[0], _There):
            # Both have the type of the other tensor as their default.
            named = {"device": DEVICE, "dtype": args[0].dtype, **named}
            func, args = torch.tensor, args[1:]
        if func not in (torch.tensor, torch.as_tensor) or not _is_there(named.get("device", "cpu")):
            return func(*args, **named)
        device = named.pop("device")
        requires = bool(named.pop("requires_grad", False))
        made = cast(Callable[..., Tensor], func)(*args, **named)
        return made.to(device).requires_grad_(requires)  # type: ignore[call-overload]


def _called(
    func: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object], log: Log
) -> object:
    name = func._schema.name.partition("::")[2]  # type: ignore[attr-defined]
    flat = tensors_in((args, kwargs))
    there = [one for one in flat if isinstance(one, _There)]
    here = [one for one in flat if not isinstance(one, _There)]
    named = kwargs.get("device")
    on_device = bool(there) if named is None else _is_there(named)
    if name in ("_to_copy", "copy_", "_foreach_copy_"):
        _note_copy(name, args, kwargs, on_device, log)
        on_device = on_device if name == "_to_copy" else isinstance(flat[0], _There)
    elif there:
        _refuse_mixed(name, args, here, log)
        if name in _WAITS or _repeats_by_tensor(func, args):
            log.waits[f"{name} in {_line()}"] += 1
    if on_device and name in ("is_pinned", "_pin_memory"):
        return False
    changed = {**kwargs}
    if named is not None and _is_there(named):
        changed["device"] = torch.device("cpu")
    if changed.get("pin_memory"):
        changed["pin_memory"] = False
    kernel = KERNELS.get(name, func)
    found = kernel(*tree_map(_to_cpu, args), **tree_map(_to_cpu, changed))
    if there and torch.Tag.inplace_view in func.tags:  # type: ignore[attr-defined]
        with no_dispatch():  # what the tensors say of their own shape changes with it
            func(*args, **kwargs)
    if name == "_local_scalar_dense":
        return found
    written = {id(one.on_cpu): one for one in there}
    return tree_map(lambda one: _to_device(one, written) if on_device else one, found)


def _note_copy(
    name: str, args: Sequence[object], kwargs: Mapping[str, object], on_device: bool, log: Log
) -> None:
    """Note a copy between the devices that keeps the host waiting."""
    if name == "_to_copy":
        source, arrives, free = args[0], on_device, bool(kwargs.get("non_blocking"))
    else:
        target, source = tree_leaves(args[0])[0], tree_leaves(args[1])[0]
        arrives = isinstance(target, _There)
        free = bool(kwargs.get("non_blocking")) or (len(args) > 2 and bool(args[2]))
    leaves = isinstance(source, _There)
    if leaves and not arrives:
        log.waits[f"a copy to the host in {_line()}"] += 1
    elif arrives and not leaves and isinstance(source, Tensor):
        # What a copy_ takes from a single number goes along with the call.
        along = name != "_to_copy" and not source.dim()
        if along or (free and _is_pinned(source)):
            return
        log.copies[_line()] += 1


def _refuse_mixed(name: str, args: Sequence[object], here: Sequence[Tensor], log: Log) -> None:
    """Refuse tensors of the CPU beside others, but for single numbers and for indices."""
    bad = [one for one in here if one.dim()]
    if name in _INDEXING and isinstance(args[0], _There):
        indices = tensors_in(args[1])
        bad = [one for one in bad if not any(one is index for index in indices)]
        for index in indices:
            if not isinstance(index, _There):
                log.copies[f"an index in {_line()}"] += 1
            elif index.dtype in (torch.bool, torch.uint8):
                log.waits[f"an index of truth values in {_line()}"] += 1
    if bad:
        shapes = ", ".join(str(tuple(one.shape)) for one in bad)
        raise MixedDevices(
            f"{name} takes a tensor of the CPU {shapes} beside those of the device, in {_line()}"
        )


def _repeats_by_tensor(func: Callable[..., object], args: Sequence[object]) -> bool:
    name = str(func)
    return name.startswith("aten.repeat_interleave.") and "int" not in name


def _to_cpu(one: object) -> object:
    return one.on_cpu if isinstance(one, _There) else one


def _to_device(one: object, written: Mapping[int, _There]) -> object:
    if not isinstance(one, Tensor) or isinstance(one, _There):
        return one
    same = written.get(id(one))
    return _There(one) if same is None else same  # what was written to stays the same tensor


def _is_there(device: object) -> bool:
    return str(device).partition(":")[0] == DEVICE


def _pinned(tensor: Tensor, device: object = None) -> Tensor:
    copy = tensor.clone()
    copy.is_pinned_for_standin = True  # type: ignore[attr-defined]
    return copy


def _is_pinned(tensor: Tensor, device: object = None) -> bool:
    return getattr(tensor, "is_pinned_for_standin", False)


def _line() -> str:
    """The innermost line that is neither torch's nor this file's."""
    frame: FrameType | None = sys._getframe()
    while frame and (frame.f_code.co_filename.startswith((_TORCH, "<")) or _is_own(frame)):
        frame = frame.f_back
    if frame is None:
        return "a backward pass"
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"


def _is_own(frame: FrameType) -> bool:
    return frame.f_code.co_filename == _OWN
