"""Write the figures of the pages: each block is the output of the command that its comment names.

A block is ``<!-- figures: COMMAND -->`` ... ``<!-- end of figures -->`` in a page of docs. It is
replaced by what the command prints, with the date, the time it took, the machine, and its load if
other programs were running. A block of ``output:`` is replaced by the output alone, as text. The
README's table of speeds quotes cells of the blocks.

``python docs/figures.py`` runs all commands except those of ``figures on request:``.
``python docs/figures.py WORD...`` runs those that contain one of the words, ``--readme`` those that
the README quotes, and ``--list`` runs none and prints them. The benchmarks compare with what is
installed (extra ``bench``); texts and test sets are in the folder ``TINYGRAD_W2V_DATA``, by default
``../shared/data`` beside the repository. A command that fails leaves its block as it is.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"<!-- (?P<kind>figures on request|figures|output): (?P<command>.+?) -->\n"
    r"(?P<body>.*?)<!-- end of figures -->",
    re.DOTALL,
)
SPEEDS = re.compile(r"(?<=<!-- speeds -->\n).*?(?=<!-- end of speeds -->)", re.DOTALL)
ENGINE = "python -m tests.benchmarks engine"
CBOW = "python -m tests.benchmarks word2vec"
SKIP_GRAM = "BENCHMARK_MODEL=skipgram python -m tests.benchmarks word2vec"


class Block(NamedTuple):
    """A block of a page."""

    page: Path
    kind: str
    command: str
    body: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="run the commands that contain one of these")
    parser.add_argument("--readme", action="store_true", help="run what the README quotes")
    parser.add_argument("--list", action="store_true", help="print the commands and their times")
    given = parser.parse_args()
    failed = 0
    for block in blocks():
        is_named = any(word in block.command for word in given.words)
        is_quoted = given.readme and block.command in (ENGINE, CBOW, SKIP_GRAM)
        is_default = not given.words and not given.readme and block.kind != "figures on request"
        if given.list:
            took = re.search(r", (\d+ (?:s|min))\b", block.body)
            print(f"{took[1] if took else '?':>7}  {block.page.name:24} {block.command}")
        elif is_named or is_quoted or is_default:
            print(block.command, flush=True)
            body = written(block.kind, block.command)
            failed += not body
            replace(block, body or block.body)
    readme = ROOT / "README.md"
    readme.write_text(SPEEDS.sub(speeds(), readme.read_text("utf-8")), encoding="utf-8")
    return int(failed > 0)


def blocks() -> Iterator[Block]:
    """Yield the blocks of all pages."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            yield Block(page, found["kind"], found["command"], found["body"])


def replace(block: Block, body: str) -> None:
    """Write a new body into the page, which may have changed since the block was read."""

    def updated(found: re.Match[str]) -> str:
        if found["command"] != block.command:
            return found[0]
        return f"<!-- {block.kind}: {block.command} -->\n{body}<!-- end of figures -->"

    text = block.page.read_text(encoding="utf-8")
    block.page.write_text(BLOCK.sub(updated, text), encoding="utf-8")


@functools.cache
def written(kind: str, command: str) -> str:
    """Run a command; return the body of its block, or nothing if it failed."""
    from tests.benchmarks.timing import machine

    start, load = time.monotonic(), os.getloadavg()[0]
    python = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    environment["PYTHONPATH"] = str(ROOT)
    environment.setdefault("TINYGRAD_W2V_DATA", str(ROOT.parent / "shared" / "data"))
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        print(done.stdout[-500:])
        print(f"failed, the block is left as it is: {command}", flush=True)
        return ""
    seconds = time.monotonic() - start
    lines = [line.rstrip() for line in done.stdout.splitlines() if not line.startswith("drawn: ")]
    text = "\n".join(line for line in lines if line != machine()).strip()
    if kind == "output":
        return f"\n```text\n$ {command}\n{text}\n```\n\n"
    if "\n| -" not in text:
        text = f"```text\n{text}\n```"
    took = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    today = datetime.date.today()
    date = f"{today.day} {today:%B %Y}"
    others = f", while other programs ran (load {load:.0f})" if load > 1 else ""
    return f"\n`{command}`, {date}, {took}: {machine()}{others}.\n\n{text}\n\n"


# --- the README's table -------------------------------------------------------------------------


def speeds() -> str:
    """Return the README's table of speeds."""
    bodies = {block.command: block.body for block in blocks()}
    numba, numpy = (cell(bodies[CBOW], f"tinygrad_w2v, {name}") for name in ("Numba", "NumPy"))
    skip_gram = cell(bodies[SKIP_GRAM], "tinygrad_w2v, Numba")
    op = cell(bodies[ENGINE], "tinygrad_w2v", "/ PyTorch")
    rows = [
        ("speed, one thread", "", "command"),
        ("---", "---", "---"),
        (
            "CBOW, words/s",
            f"{numba} × gensim compiled (extra `fast`), {numpy} × in NumPy alone",
            f"`{CBOW}`",
        ),
        ("skip-gram, words/s", f"{skip_gram} × gensim compiled", f"`{SKIP_GRAM}`"),
        ("time of a small op, forward and backward", f"{op} × PyTorch", f"`{ENGINE}`"),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cell(body: str, name: str, column: str = "/ gensim") -> str:
    """Return a cell of the first table of a block with this column, in the first row of a name."""
    lines = [
        [each.strip() for each in line.strip("|").split("|")]
        for line in body.splitlines()
        if line.startswith("|")
    ]
    header = next(line for line in lines if column in line)
    row = next(line for line in lines[lines.index(header) :] if name in line[:2])
    return row[header.index(column)]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
