"""The display of a process on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.cli.commands import PROGRAM, environment, small_text
from tinygrad_w2v.cli.display import BarDisplay, Display, LineDisplay, _duration, open_display
from tinygrad_w2v.training import Progress

pty = pytest.importorskip("pty")
# Small batches take long enough for several updates.
LONG = ["train", "text.txt", "-o", "v.txt", "--epochs", "12", "--dim", "50", "--sample", "0"]
LONG += ["--batch-tokens", "32"]


def on_a_terminal(columns: int, argv: list[str], **variables: str) -> str:
    """Run a command on a terminal with this number of columns; return its output."""
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    settings = environment(TERM="xterm", **variables)
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        settings.pop(name, None)
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=settings)
    os.close(slave)
    written = b""
    while True:
        try:
            piece = os.read(master, 1 << 16)
        except OSError:  # on Linux, the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(master)
    assert process.wait() == 0, written.decode()
    return written.decode()


def drawn_lines(written: str) -> list[str]:
    """Return every line that was drawn, including overwritten ones, without colors."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    return [line for line in re.split(r"[\r\n]+", plain) if line.strip()]


@pytest.fixture
def long_text(text: str) -> None:
    with open(text, "w") as file:
        file.write(small_text(3000))


@pytest.mark.usefixtures("long_text")
def test_bar_and_measures_fit_80_columns() -> None:
    pytest.importorskip("rich")
    lines = drawn_lines(on_a_terminal(80, [*PROGRAM, *LONG]))
    pattern = (
        r"epoch +\d+/12 [━╸╺]{6,} +\d+% [\d,]+ words/s loss \d\.\d{3} rate 0\.\d{4} [\d: s]+ left"
    )
    bars = [line for line in lines if "words/s loss" in line]
    assert bars
    for line in bars:
        assert re.fullmatch(pattern, line.rstrip()), line
        assert len(line) <= 80
    assert "36,000 words in 3,000 lines, vocabulary of 12" in [line.rstrip() for line in lines]
    assert lines[-1].startswith("more: ")
    assert sum("vectors of 50 in v.txt" in line for line in lines) == 1


@pytest.mark.parametrize("columns", [60, 40])
@pytest.mark.usefixtures("long_text")
def test_narrow_terminal_shows_share_loss_and_time_left(columns: int) -> None:
    pytest.importorskip("rich")
    lines = drawn_lines(on_a_terminal(columns, [*PROGRAM, *LONG]))
    bars = [line for line in lines if line.startswith("epoch")]
    assert bars
    for line in bars:
        assert re.fullmatch(r"epoch +\d+/12 +\d+% loss \d\.\d{3} [\d: s]+ left", line.rstrip()), (
            line
        )


@pytest.mark.usefixtures("long_text")
def test_plain_lines_and_hint_without_rich() -> None:
    code = (
        "import sys\n"
        "sys.modules['rich'] = None\n"
        "from tinygrad_w2v.cli import main\n"
        "sys.exit(main())"
    )
    written = on_a_terminal(80, [sys.executable, "-c", code, *LONG])
    lines = written.splitlines()
    assert lines[0] == "for a progress bar: pip install 'tinygrad-w2v[cli]'"
    assert lines[-1].startswith("more: ")
    assert "\x1b" not in written


@pytest.mark.usefixtures("long_text")
def test_quiet_prints_nothing_on_terminal() -> None:
    assert on_a_terminal(80, [*PROGRAM, *LONG, "--quiet"]) == ""


@pytest.mark.usefixtures("long_text")
def test_dumb_terminal_gets_plain_lines() -> None:
    script = ["env", "TERM=dumb", *PROGRAM, *LONG]
    written = on_a_terminal(80, script)
    assert "36,000 words in 3,000 lines, vocabulary of 12" in written
    assert "\x1b" not in written


def test_message_above_bar_is_verbatim() -> None:
    console = pytest.importorskip("rich.console")
    progress = pytest.importorskip("rich.progress")
    with open(os.devnull, "w") as nowhere:
        recording = console.Console(record=True, width=30, file=nowhere)
        line = "a [bold]name[/bold] in brackets and more than thirty columns"
        BarDisplay(progress.Progress(console=recording)).message(line)
    assert recording.export_text() == line + "\n"


def test_shown_loss_is_since_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    display = LineDisplay()
    display._seconds = 0
    progress = Progress(100, 1)
    with display.task("training"):
        for loss in (4.0, 2.0):
            progress.add(0, loss, 10, 25)
            display.training(progress)
    first, second = capsys.readouterr().err.splitlines()
    assert "25.0%" in first
    assert "loss 4.000" in first
    assert "50.0%" in second
    assert "loss 2.000" in second


def test_shown_loss_stays_while_nothing_is_trained(capsys: pytest.CaptureFixture[str]) -> None:
    display = LineDisplay()
    display._seconds = 0.0
    progress = Progress(100, 1)
    with display.task("training"):
        progress.add(0, 4.0, 10, 10)
        display.training(progress)
        display.training(progress)
        progress.loss_sum, progress.loss_count = 15.0, 5.0  # a worker is lost with its work
        display.training(progress)
        progress.add(0, 2.0, 10, 10)
        display.training(progress)
    losses = re.findall(r"loss (\S+)", capsys.readouterr().err)
    assert losses == ["4.000", "4.000", "4.000", "2.000"]


def test_end_of_task_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = LineDisplay()
    with display.task("reading"):
        display.advance(1, 10, "counting")
        display.advance(10, 10, "counting")
        display.advance(10, 10, "counting")
    assert capsys.readouterr().err == "reading  counting  100.0%\n"


def test_quiet_display_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with open_display(quiet=True) as display, display.task("reading"):
        display.message("something")
        display.advance(10, 10)
    assert type(display) is Display
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03")],
)
def test_duration_format(seconds: float, shown: str) -> None:
    assert _duration(seconds) == shown
