"""What every test may ask for."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmgan_core.foundation import half_precision
from mmgan_core.plugins import local_code, manager
from mmgan_core.plugins.catalogue import renew

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-snapshots", action="store_true", help="write the help texts anew")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that all tests share, and not the user's."""
    path = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAN_CACHE", str(path))
        yield path


@pytest.fixture(autouse=True)
def no_code_of_another_test() -> Iterator[None]:
    """What a test or a page of the documentation registers, and its files, are gone after it."""
    path = list(sys.path)
    yield
    found = manager._chosen[0].all if manager._chosen else []
    local = [plugin for plugin in found if plugin.distribution == manager.LOCAL]
    if not local:
        return
    for plugin in local:
        sys.modules.pop(plugin.module.__name__ if plugin.module else plugin.name, None)
    manager._adopted.clear()
    for known in local_code._registered.values():
        known.clear()
    sys.path[:] = path
    manager.choose()
    renew()


@pytest.fixture(scope="session", autouse=True)
def no_half_precision() -> Iterator[None]:
    """Recipes that `init` writes are the same on machines that compute in bf16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(half_precision, "computes_bf16", lambda: False)
        yield


@pytest.fixture
def shared_data() -> Path:
    """The big data packs, where they lie beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the data packs are not beside the project")
    return SHARED
