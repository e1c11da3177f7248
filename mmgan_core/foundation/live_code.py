"""Reads the code of a class that has no file, such as one of a notebook, from its functions."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Container, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

_CODE = (FunctionType, classmethod, staticmethod, property)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))


class Unknown(Exception):
    """The code cannot be read; says why."""


def live_code(cls: type) -> tuple[str, set[str]]:
    """Return a hash of the code of a class, and the modules that it uses.

    It covers what the class's functions use of their own module. It differs between versions of
    Python.

    Raises:
        Unknown: if they use a value that is not plain data, such as a network.
    """
    reader = _Reader(cls.__module__)
    reader.read(cls, cls.__qualname__)
    return reader.digest.hexdigest(), reader.modules


class _Reader:
    def __init__(self, home: str) -> None:
        self.home = home
        self.digest = hashlib.sha256(sys.version.partition(" ")[0].encode())
        self.modules: set[str] = set()
        self._seen: set[int] = set()

    def read(self, value: object, where: str) -> None:
        """Add a value to the hash."""
        self._say(f"{type(value).__name__} {where}")
        if isinstance(value, _PLAIN):
            self._say(repr(value))
        elif isinstance(value, ModuleType):
            self.modules.add(value.__name__)
        elif id(value) in self._seen:
            return
        else:
            self._seen.add(id(value))
            self._read_more(value, where)

    def _read_more(self, value: object, where: str) -> None:
        if isinstance(value, (tuple, list)):
            for number, one in enumerate(value):
                self.read(one, f"{where}[{number}]")
        elif isinstance(value, (set, frozenset)):
            self.read(sorted(value, key=repr), where)
        elif isinstance(value, dict):
            for key, one in value.items():
                self.read(one, f"{where}[{key!r}]")
        elif isinstance(value, (classmethod, staticmethod)):
            self.read(value.__func__, where)
        elif isinstance(value, property):
            self.read(value.fget, where)
        elif hasattr(value, "__wrapped__"):
            self.read(value.__wrapped__, where)
        elif not isinstance(value, (type, FunctionType, BuiltinFunctionType)):
            raise Unknown(f"{where} is of type {type(value).__name__}")
        elif value.__module__ != self.home:
            self.modules.update([value.__module__] if value.__module__ else [])
        elif isinstance(value, type):
            self._read_class(value)
        elif isinstance(value, FunctionType):
            self._read_function(value, where)

    def _read_class(self, cls: type) -> None:
        for base in cls.__bases__:
            self.read(base, f"{cls.__qualname__}'s base")
        # What others note on a class is no code of it; the values of options are known otherwise.
        options = hasattr(cls, "model_fields")
        for name, value in sorted(vars(cls).items()):
            noted = options or name.startswith("__") or name == "_abc_impl"
            if not noted or isinstance(value, _CODE):
                self.read(value, f"{cls.__qualname__}.{name}")

    def _read_function(self, function: FunctionType, where: str) -> None:
        for text in code_texts(function.__code__):
            self._say(text)
        self.read((function.__defaults__, function.__kwdefaults__), f"{where}'s defaults")
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            if name != "__class__":
                self.read(_content(cell), name)
        for name in sorted(set(_names(function.__code__))):
            if name in function.__globals__:
                self.read(function.__globals__[name], name)

    def _say(self, text: str) -> None:
        self.digest.update(text.encode("utf-8", "surrogatepass") + b"\0")


def code_texts(code: CodeType, without: Container[object] = ()) -> Iterator[str]:
    """Everything that compiled code does, but not where it stands; some constants can be left out.

    It differs between versions of Python.
    """
    yield f"{code.co_name} {code.co_flags} {code.co_argcount} {code.co_posonlyargcount}"
    yield f"{code.co_kwonlyargcount} {code.co_names} {code.co_varnames} {code.co_freevars}"
    yield f"{code.co_code.hex()} {code.co_exceptiontable.hex()}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_texts(constant, without)
        elif isinstance(constant, frozenset):
            yield str(sorted(map(repr, constant)))
        elif constant not in without:
            yield repr(constant)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _content(cell: object) -> object:
    try:
        return cell.cell_contents  # type: ignore[attr-defined]
    except ValueError:  # it is empty
        return None
