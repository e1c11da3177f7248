"""Plugins that no package brings: classes that a program registers, and single files.

Both run code of the user's own, so nothing registers itself: ``register`` is called, and a file is
named with ``--plugin``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar, overload

from mmgan_core.errors import PluginMissing, UsageError
from mmgan_core.hookspecs import hookimpl
from mmgan_core.plugins.catalogue import HOOKS_OF_KINDS, catalogue, renew
from mmgan_core.plugins.manager import LOCAL, NOTEBOOK, Plugin, adopt
from mmgan_core.spec import KINDS, Kind, Spec

C = TypeVar("C", bound=type)

_HOME = "mmgan_notebook"
_registered: dict[Kind, dict[str, Spec]] = {kind: {} for kind in KINDS}


@overload
def register(component: C) -> C: ...
@overload
def register(
    component: None = None, *, name: str = "", summary: str = "", **facts: object
) -> Callable[[C], C]: ...
def register(
    component: C | None = None, *, name: str = "", summary: str = "", **facts: object
) -> C | Callable[[C], C]:
    """Let recipes use a component that a notebook or a script defines, as ``notebook/NAME``.

    A class that is registered again, as when a cell is run again, takes the place of the former.
    A run remembers the code, and is not resumed with other code. A model with such a component can
    be loaded only where it is registered; to share it, make a plugin: ``mmgan-zoo plugins new``.

    Args:
        component: a class that fulfils one of the contracts, such as a ``Loss``. Without it, the
            result is a decorator.
        name: its name after ``notebook/``; default: that of the class, ``SoftLoss`` as
            ``soft-loss``.
        summary: what it does, in one line; default: the first line of its docstring.
        facts: whatever else a ``Spec`` says of it, such as ``modalities=("image",)``.

    Raises:
        UsageError: if the class fulfils no contract, or a fact is wrong.

    Example:
        >>> @register                                                   # doctest: +SKIP
        ... class SoftLoss(Loss):
        ...     ...
        >>> train("digits", **{"make.image.loss": "notebook/soft-loss"})    # doctest: +SKIP
    """
    if component is None:
        return lambda cls: register_class(cls, name, summary, facts)
    return register_class(component, name, summary, facts)


def register_class(cls: C, name: str, summary: str, facts: Mapping[str, object]) -> C:
    """Register a class; see ``register``."""
    kind = _kind_of(cls)
    name = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", cls.__name__).lower()
    if kind == "modality":
        facts = {"modalities": (getattr(cls, "kind", ""),), **facts}
    # It is found here, whatever the name of the class means in its own module by then.
    place = f"{kind}_{name.replace('-', '_')}"
    said = summary or (cls.__doc__ or cls.__name__).strip().partition("\n")[0]
    make: Callable[..., Spec] = Spec  # which raises for a wrong fact
    try:
        spec = make(f"{NOTEBOOK}/{name}", f"{_HOME}:{place}", said, **facts)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{cls.__name__} cannot be registered: {error}",
            hint='name it register(..., name="my-loss"); facts are those of a Spec',
        ) from None
    setattr(_notebook(), place, cls)
    _registered[kind][spec.id] = spec
    renew()
    return cls


def use_file(file: Path) -> None:
    """Use the plugin that one file is: a module with hooks, which is imported as it is called.

    Raises:
        UsageError: if there is no such file, or its name cannot be that of a module or a plugin.
        PluginMissing: if it cannot be imported or used as a plugin.
    """
    file, name = file.resolve(), file.stem
    if file.suffix != ".py" or not file.is_file():
        raise UsageError(f"--plugin {file}: there is no such file of Python")
    if not re.fullmatch("[a-z][a-z0-9_]*", name) or name in sys.stdlib_module_names:
        raise UsageError(
            f"--plugin {file}: {name!r} cannot be the name of a plugin",
            hint="rename the file, such as my_losses.py: small letters, digits and _",
        )
    # At the end, so that no other file in its folder hides a module that is installed.
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    try:
        module = import_module(name)
    except Exception as error:
        raise PluginMissing(
            f"--plugin {file}: its import raised {type(error).__name__}: {error}"
        ) from error
    if Path(getattr(module, "__file__", None) or "").resolve() != file:
        raise UsageError(
            f"--plugin {file}: another module is called {name!r}", hint="rename the file"
        )
    plugin = adopt(Plugin(name.replace("_", "-"), LOCAL, "0", module=module))
    renew()
    catalogue()  # some faults show only when it is asked
    if not plugin.in_use:
        raise PluginMissing(f"--plugin {file}: it is {plugin.status}: {plugin.reason}")


def _kind_of(cls: type) -> Kind:
    from mmgan_core import contracts

    for kind in KINDS:
        contract = getattr(contracts, "".join(word.title() for word in kind.split("_")))
        if isinstance(cls, type) and issubclass(cls, contract):
            return kind
    raise UsageError(
        f"{getattr(cls, '__name__', cls)} is no component",
        hint="a component is a class that fulfils a contract: class SoftLoss(Loss), "
        "from mmgan_core.contracts import Loss",
    )


def _notebook() -> ModuleType:
    """The module that holds what was registered, and answers hooks with it."""
    if _HOME in sys.modules:
        return sys.modules[_HOME]
    module = sys.modules[_HOME] = ModuleType(_HOME, "What a notebook or a script registered.")
    for kind, hook in HOOKS_OF_KINDS.items():
        answer = _answer(kind)
        answer.__name__ = hook
        setattr(module, hook, hookimpl(answer))
    adopt(Plugin(NOTEBOOK, LOCAL, "0", module=module))
    return module


def _answer(kind: Kind) -> Callable[[], list[Spec]]:
    def answer() -> list[Spec]:
        return list(_registered[kind].values())

    return answer
