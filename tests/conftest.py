"""What every test may ask for."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-snapshots", action="store_true", help="write the help texts anew")


@pytest.fixture
def shared_data() -> Path:
    """The big data packs, where they lie beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the data packs are not beside the project")
    return SHARED
