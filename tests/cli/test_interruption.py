"""Ctrl-C and SIGTERM, sent to a real process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import assert_refused, call, environment, small_text
from tinygrad_w2v.cli.interruption import Interrupted, Interruption
from tinygrad_w2v.word2vec.vectors import KeyedVectors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
Capture = pytest.CaptureFixture[str]

BOTH = pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
# Hours of training unless interrupted.
ENDLESS = ["--dim", "8", "--sample", "0", "--epochs", "1000000", "-o", "v.txt"]


# The program, with a line of progress every 0.1 s.
VERBOSE = """
import sys
from tinygrad_w2v.cli import display, main
display._LINE_SECONDS = 0.1
sys.exit(main())
"""


@pytest.fixture(autouse=True)
def _handle_sigint() -> Iterator[None]:
    """Handle Ctrl-C in the test process, even if a background shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(
    *argv: str, at_sigint: signal.Handlers = signal.SIG_DFL, **options: object
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", VERBOSE, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # Independent of how the tests were started, such as by a background shell.
        preexec_fn=lambda: signal.signal(signal.SIGINT, at_sigint),
        **options,
    )


def until_line(process: subprocess.Popen[str], start_of_line: str) -> None:
    for line in process.stderr:
        if line.startswith(start_of_line):
            return
    raise AssertionError(f"{start_of_line!r} never came; status {process.wait()}")


def until_waiting_for_input(process: subprocess.Popen[str]) -> None:
    """Wait until the process has read the pipe and waits for more."""
    import fcntl
    import termios

    while fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4) != b"\0" * 4:
        time.sleep(0.01)
    time.sleep(0.2)


@BOTH
@pytest.mark.parametrize("threads", ["1", "2"])
def test_interrupted_training_writes_vectors_and_checkpoint(
    text: str, number: int, status: int, threads: str
) -> None:
    process = start("train", text, *ENDLESS, "--threads", threads, start_new_session=True)
    until_line(process, "training  epoch")
    os.killpg(process.pid, number)  # as a terminal does: to its workers too
    out, err = process.communicate()
    assert process.returncode == status
    assert out == ""
    assert re.fullmatch(
        r"tinygrad-w2v train: interrupted after \d+%: the vectors so far are in v.txt, the "
        r"checkpoint in v.txt.checkpoint.npz; repeat the command with --resume to continue",
        err.splitlines()[-1],
    )
    assert "Traceback" not in err
    assert len(KeyedVectors.load("v.txt")) == 12
    assert sorted(os.listdir()) == [
        "text.txt",
        "v.txt",
        "v.txt.checkpoint.npz",
        "v.txt.metrics.jsonl",
        "v.txt.run.toml",
    ]


@BOTH
def test_interruption_while_reading_writes_nothing(
    tmp_path: Path, number: int, status: int
) -> None:
    (tmp_path / "v.txt").write_text("old")
    process = start("train", "-", *ENDLESS, "--quiet", stdin=subprocess.PIPE, cwd=tmp_path)
    process.stdin.write(small_text() * 300)
    process.stdin.flush()
    until_waiting_for_input(process)
    process.send_signal(number)
    assert process.wait() == status  # its input is still open: it waited for more
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    err = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert err == "tinygrad-w2v train: interrupted; nothing was written\n"
    assert os.listdir(tmp_path) == ["v.txt"]
    assert (tmp_path / "v.txt").read_text() == "old"


def test_background_training_ignores_ctrl_c(text: str) -> None:
    process = start("train", text, *ENDLESS, at_sigint=signal.SIG_IGN)
    until_line(process, "training  epoch")
    process.send_signal(signal.SIGINT)
    until_line(process, "training  epoch")  # and on it goes
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143


# --- interrupted and resumed in this process ------------------------------------------------------


@pytest.fixture
def interrupting(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A function that sends a signal after a number of batches."""
    from tinygrad_w2v.cli import train

    def after(steps: int, number: int = signal.SIGTERM) -> None:
        plain = train._Watcher.__call__

        def call_and_interrupt(self: object, progress: object) -> None:
            if progress.steps == steps:
                os.kill(os.getpid(), number)
            plain(self, progress)

        monkeypatch.setattr(train._Watcher, "__call__", call_and_interrupt)

    yield after
    monkeypatch.undo()


TRAIN = ["--dim", "8", "--epochs", "4", "--sample", "0", "--batch-tokens", "100"]


@pytest.mark.parametrize("steps", [1, 9, 10, 11, 39])
def test_resumed_command_is_bit_identical(
    text: str, capsys: Capture, interrupting: object, steps: int
) -> None:
    assert call(capsys, "train", text, *TRAIN, "-o", "whole.txt").status == 0
    interrupting(steps)
    assert call(capsys, "train", text, *TRAIN, "-o", "v.txt").status == 143
    assert Path("v.txt").read_bytes() != Path("whole.txt").read_bytes()
    interrupting(-1)
    # The count of steps continues, so that the signal is not sent again.
    assert call(capsys, "train", text, *TRAIN, "-o", "v.txt", "--resume").status == 0
    assert Path("v.txt").read_bytes() == Path("whole.txt").read_bytes()
    assert not Path("v.txt.checkpoint.npz").exists()


def test_resume_with_other_options_or_text_is_refused(
    text: str, capsys: Capture, interrupting: object
) -> None:
    interrupting(10)
    assert call(capsys, "train", text, *TRAIN, "-o", "v.txt").status == 143
    vectors = Path("v.txt").read_bytes()
    again = ["train", text, *TRAIN, "-o", "v.txt", "--resume", "--quiet"]
    for option, message in [
        (["--dim", "9"], "(dim was 8, now 9): use the same options, or start without --resume"),
        (["--max-vocab", "11"], "vocabulary was '12 words "),
    ]:
        assert_refused(call(capsys, *again, *option), message)
    Path(text).write_text(small_text(seed=1))
    assert_refused(call(capsys, *again), "v.txt.checkpoint.npz belongs to another training (text")
    assert Path("v.txt").read_bytes() == vectors
    assert Path("v.txt.checkpoint.npz").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_checkpoint_is_written_even_if_vectors_cannot_be(
    text: str, capsys: Capture, interrupting: object
) -> None:
    interrupting(10)
    outcome = call(capsys, "train", text, *TRAIN, "-o", "/dev/full", "--quiet")
    assert_refused(outcome, "cannot write /dev/full: No space left", "the vectors were saved as ")
    assert sorted(os.listdir()) == ["full.checkpoint.npz", "text.txt"]


# --- handling of signals --------------------------------------------------------------------------


def test_signal_raises_unless_postponed() -> None:
    interruption = Interruption()
    with interruption.handled(), pytest.raises(Interrupted) as caught:
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.number == signal.SIGTERM


def test_second_postponed_signal_raises() -> None:
    interruption = Interruption()
    with interruption.handled(), interruption.postponed():
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.number == signal.SIGINT
        with pytest.raises(Interrupted, match="interrupted twice"):
            os.kill(os.getpid(), signal.SIGINT)


def test_signal_handlers_are_restored() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interruption().handled():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_signals_are_unchanged_outside_main_thread() -> None:
    entered = []

    def enter() -> None:
        with Interruption().handled():
            entered.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered == [True]
