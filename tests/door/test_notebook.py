"""The notebook of the documentation runs as it is written, with a shorter training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmgan_core import Model, Samples

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorial" / "first-model.ipynb"
SHORTER = {"samples: 12_000": "samples: 256", "log_every: 1_000": "log_every: 64"}


def short() -> dict[str, Any]:
    """The notebook, with fewer samples of training."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    for long, fewer in SHORTER.items():
        assert long in text
        text = text.replace(long, fewer)
    found: dict[str, Any] = json.loads(text)
    return found


def test_every_cell_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in short()["cells"]:
        assert not cell.get("outputs"), "the notebook is kept without outputs"
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert isinstance(names["model"], Model)
    assert isinstance(names["again"].generate(label="disc", count=2), Samples)
    assert [samples for samples, _ in names["seen"]] == [64, 128, 192, 256]
    assert (tmp_path / "models" / "shapes" / "README.md").is_file()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_kernel_shows_bars_pictures_and_tables(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.reads(json.dumps(short()), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell('mmgan.load("no-such-model")'))
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    *cells, wrong = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        faults = [out for out in cell.outputs if out.output_type == "error"]
        assert not faults, faults
    shown = [
        out.data.get("text/html", "") for cell in cells for out in cell.outputs if "data" in out
    ]
    assert any("<progress value='256' max='256'>" in html for html in shown)
    assert any("<th>model</th><td>shapes</td>" in html for html in shown)
    assert any('<img alt="samples"' in html for html in shown)
    (error,) = [out for out in wrong.outputs if out.output_type == "error"]
    assert len("\n".join(error.traceback).splitlines()) <= 3
    assert "UsageError: there is no model 'no-such-model'" in error.traceback[0]
