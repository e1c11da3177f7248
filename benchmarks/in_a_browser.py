"""How large the pages of models are, and how fast a browser makes a sample.

    python benchmarks/in_a_browser.py digits-28 speech --out pages

Each page is written into the folder unless it is there, and opened in Debian's Chromium without a
window. A sample is made 30 times, of what the page gives at first; the median counts. Numbers of
a machine that does other work at the same time are larger than they have to be.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmgan_core import load
from mmgan_core.portable.page import size_beside_runtime, write_page

REPEATS = 30
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
_TIMED = """async (repeats) => {
  const page = window.mmgan;
  const asked = { ...(await page.asked()), count: 1 };
  const found = [];
  for (let at = 0; at < repeats; at += 1) {
    asked.place = at / repeats;
    const start = performance.now();
    await page.sampler.make(asked);
    found.push(performance.now() - start);
  }
  return found.sort((one, other) => one - other);
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


def measured(folder: Path) -> list[float]:
    """Return the milliseconds of each sample that a page made, sorted."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        page.wait_for_selector("body[data-ready]", timeout=300_000)
        found: list[float] = page.evaluate(_TIMED, REPEATS)
        browser.close()
        server.shutdown()
    return found


def main() -> None:
    """Print a table of Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the pages")
    parser.add_argument("--runtime", type=Path, help="a folder with onnxruntime-web")
    chosen = parser.parse_args()
    print("| model | MB beside the runtime | ms a sample, median | least |")
    print("| --- | --- | --- | --- |")
    for name in chosen.models:
        folder = chosen.out / name
        if not folder.is_dir():
            write_page(load(name), folder, at_hand=chosen.runtime)
        spent, size = measured(folder), size_beside_runtime(folder) / 1e6
        print(f"| `{name}` | {size:.1f} | {spent[REPEATS // 2]:.0f} | {spent[0]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
