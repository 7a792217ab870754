"""The explorer's frames: processor time of panning and zooming a map of 20,000 words.

The page is opened in headless Chromium through Playwright, both of which must be installed. A frame
at 60 a second has 16.7 ms. Environment variables: ``BENCHMARK_WORDS`` (20000),
``BENCHMARK_CHROMIUM`` (the browser's path; by default the first ``chromium`` found).
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.timing import table
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import KeyedVectors
from tinygrad_w2v.word2vec.pictures import write_explorer

WORDS = int(os.environ.get("BENCHMARK_WORDS", "20000"))
CHROMIUM = os.environ.get("BENCHMARK_CHROMIUM") or shutil.which("chromium")
FRAMES, TURNS = 60, 5
MOVES = {"pan": "view.x += 0.002", "zoom": "view.scale *= 1.01"}


def main() -> None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InputError("this benchmark needs Playwright: pip install playwright") from None
    if CHROMIUM is None:
        raise InputError("this benchmark needs Chromium: set BENCHMARK_CHROMIUM to its path")
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder, "page.html")
        vectors = np.random.default_rng(0).normal(size=(WORDS, 50))
        write_explorer(KeyedVectors([f"w{n}" for n in range(WORDS)], vectors), page, method="pca")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for ratio in (1, 2):
            opened = browser.new_page(
                viewport={"width": 1280, "height": 850}, device_scale_factor=ratio
            )
            opened.goto(page.as_uri())
            for name, move in MOVES.items():
                taken = [milliseconds(opened, move) for _ in range(TURNS + 1)][1:]
                rows.append((name, ratio, f"{statistics.median(taken):.1f}"))
        browser.close()
    header = ("motion", "pixels per CSS pixel", "ms of a frame")
    table(f"processor time of a frame, {WORDS:,} words, 1280 × 850", header, rows)


def milliseconds(page: Any, move: str) -> float:
    """Return the processor time of a frame, all tasks of the page's main thread included."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    before = worked()
    page.evaluate(
        f"""async () => {{
            for (let n = 0; n < {FRAMES}; n++) {{
                {move};
                redraw();
                await new Promise(requestAnimationFrame);
            }}
        }}"""
    )
    return (worked() - before) / FRAMES * 1e3


if __name__ == "__main__":
    main()
