"""How large the pages of models are, and how fast a browser makes a sample.

    python benchmarks/in_a_browser.py digits-28 speech --out pages

Each page is written into the folder unless it is there, and opened in Debian's Chromium without a
window. A sample is made 30 times, of what the page gives at first, from the values of the controls
to numbers; the median counts. Beside the time by the clock stands the processor time of the page's
thread, in which the engine computes too: on a machine that does other work, it is nearer to what a
person waits. The least is of the clock.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import threading
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmgan_core import load
from mmgan_core.portable.page import size_beside_runtime, write_page

REPEATS = 30
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_TIMED = """async (place) => {
  const page = window.mmgan;
  const asked = { ...(await page.asked()), count: 1, place };
  const start = performance.now();
  await page.sampler.make(asked);
  return performance.now() - start;
}"""


@dataclass(frozen=True)
class Spent:
    """Milliseconds for one sample in a browser, each sorted."""

    clock: list[float]
    processor: list[float]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


def measured(folder: Path) -> Spent:
    """Return what each sample took that a page made."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        page.wait_for_selector("body[data-ready]", timeout=300_000)
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")

        def of_the_thread() -> float:
            told = tools.send("Performance.getMetrics")["metrics"]
            return next(1000 * one["value"] for one in told if one["name"] == "ThreadTime")

        clock, processor = [], []
        for repeat in range(REPEATS):
            before = of_the_thread()
            clock.append(page.evaluate(_TIMED, repeat / REPEATS))
            processor.append(of_the_thread() - before)
        browser.close()
        server.shutdown()
    return Spent(sorted(clock), sorted(processor))


def main() -> None:
    """Print a table of Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the pages")
    parser.add_argument("--runtime", type=Path, help="a folder with onnxruntime-web")
    chosen = parser.parse_args()
    print("| model | MB beside the runtime | processor, ms a sample | clock, ms | least |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in chosen.models:
        folder = chosen.out / name
        if not folder.is_dir():
            write_page(load(name), folder, at_hand=chosen.runtime)
        spent, size = measured(folder), size_beside_runtime(folder) / 1e6
        clock, processor = (times[REPEATS // 2] for times in (spent.clock, spent.processor))
        print(
            f"| `{name}` | {size:.1f} | {processor:.1f} | {clock:.1f} | {spent.clock[0]:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
