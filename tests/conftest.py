"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def shared_data() -> Path:
    """The big data packs, where they lie beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the data packs are not beside the project")
    return SHARED
