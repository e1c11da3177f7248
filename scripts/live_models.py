"""Writes the pages of the models that the site shows live: `python scripts/live_models.py`.

The site is built without them too, and then says so. They are written once, into `.live/`, because
tracing three models takes a minute or two; `mkdocs build` copies them.

    python scripts/live_models.py --runtime node_modules/onnxruntime-web
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "pages"))
import live  # noqa: E402


def main() -> None:
    """Write the pages again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runtime", type=Path, help="a folder with onnxruntime-web")
    at_hand = parser.parse_args().runtime
    from mmgan_core import load
    from mmgan_core.portable.page import write_page
    from mmgan_core.zoo.loading import opened

    for name in live.MODELS:
        folder = live.FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        given = opened(name).manifest.given
        examples = {entry: takes.example for entry, takes in given.items() if takes.example}
        write_page(load(name), folder, at_hand=at_hand, examples=examples)
        print(folder.relative_to(ROOT))


if __name__ == "__main__":
    main()
