"""What is imported before anything is asked for."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "numpy",
    "timm",
    "librosa",
    "transformers",
    "datasets",
    "huggingface_hub",
    "pyarrow",
    "accelerate",
)


def imported(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('MODULES', *sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(said.stdout.rpartition("MODULES")[2].split())


def cli(*arguments: str) -> str:
    return (
        "from mmgan_core.cli import main\n"
        f"sys.argv = ['mmgan-zoo', *{arguments!r}]\n"
        "try:\n    main.run()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("train", "--help"),
        ("ls",),
        ("ls", "recipes"),
        ("plugins", "ls"),
        ("--version",),
    ],
)
def test_answers_without_heavy_imports(arguments: tuple[str, ...]) -> None:
    assert not imported(cli(*arguments)) & set(HEAVY)


def test_help_does_not_need_pydantic() -> None:
    assert "pydantic" not in imported(cli("--help"))


def test_the_package_and_its_plugins_import_nothing_heavy() -> None:
    code = "from mmgan_core.plugins.catalogue import catalogue; assert list(catalogue())"
    assert not imported(code) & set(HEAVY)


def test_the_version_is_read_when_it_is_asked_for() -> None:
    assert "importlib.metadata" not in imported("import mmgan_core")
    assert not imported("import mmgan_core; mmgan_core.__version__") & set(HEAVY)
