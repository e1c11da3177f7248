"""Trains and uses a model on the embedded data, from a bare checkout.

`python3 scripts/quickstart.py` makes an environment, installs everything, trains the recipe
`digits` (about 3 minutes on two CPU cores), measures the run, and makes digits from words.
Arguments are passed on to `mmgan-zoo train`.
"""

from __future__ import annotations

import sys

from environment import ROOT, python, run

RUN = "runs/digits"


def main() -> None:
    """Install the toolkit, train, measure and generate."""
    mmgan_zoo = [python(), "-m", "mmgan_core.cli.main"]
    fresh = not (ROOT / RUN / "resolved.yaml").is_file()
    run(
        *mmgan_zoo, "train", "digits", "--run", RUN, *([] if fresh else ["--resume"]), *sys.argv[1:]
    )
    run(*mmgan_zoo, "evaluate", RUN)
    run(
        *mmgan_zoo,
        "generate",
        f"run:{RUN}",
        "text=three",
        "text=seven",
        "--count",
        "16",
    )


if __name__ == "__main__":
    main()
