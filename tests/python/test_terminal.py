"""What is seen on a terminal: progress of long work that leaves no trace, and colours. What is piped has neither."""
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios

import pytest

from conftest import BIN, clean_environment

ESCAPE = b"\x1b["
MOVING = "moving virtual time"


class Terminal:
    """A command on a pseudo terminal, 200 columns wide."""

    def __init__(self, *arguments, **environment):
        self.ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        env = clean_environment() | {"TERM": "xterm"} | environment
        self.process = subprocess.Popen([BIN, *arguments], stdin=its, stdout=its, stderr=its, env=env)
        os.close(its)
        self.bytes = b""

    def read(self):
        """Whether more came."""
        try:
            more = os.read(self.ours, 4096)
        except OSError:  # the other side is closed
            more = b""
        self.bytes += more
        return bool(more)

    def read_until(self, text):
        while text.encode() not in self.bytes:
            assert self.read(), self.bytes

    def end(self):
        """Reads to the end; the exit code."""
        while self.read():
            pass
        os.close(self.ours)
        return self.process.wait()

    def screen(self):
        """The lines that stand there in the end. Knows what is written here: returns, erased lines, a cursor
        that moves up and down, and colours, which it leaves out."""
        rows, row, column = [""], 0, 0
        for text, number, command in parts(self.bytes.decode()):
            if text == "\r":
                column = 0
            elif text == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif text:
                rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + 1:]
                column += 1
            elif command == "K":
                assert number == "2", number
                rows[row] = ""
            elif command in "AB":
                row += {"A": -1, "B": 1}[command] * int(number or 1)
            else:
                assert command == "m", (number, command)
        return [line.rstrip() for line in rows if line.strip()]


def parts(text):
    """Characters, and escape sequences as their number and command."""
    for match in re.finditer(r"\x1b\[([0-9;]*)([A-Za-z])|([^\x1b])", text, re.S):
        number, command, character = match.groups()
        yield character, number, command


@pytest.fixture
def slow(tmp_path):
    """A directory whose service answers when it is told to."""
    class Slow:
        directory = tmp_path

        def answer(self):
            connection, _ = listener.accept()
            reading = {"now": "2026-01-05T10:00:00Z", "real": "2026-01-05T10:00:00Z", "aheadSeconds": 0, "done": 3}
            with connection, connection.makefile("r") as questions:
                assert "clock-advance" in json.loads(questions.readline())
                connection.sendall(json.dumps({"clock": reading}).encode() + b"\n")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()
        yield Slow()


ANSWER = [
    "3 pieces of due work were done; sessions may have expired",
    "virtual time  2026-01-05T10:00:00Z",
    "real time     2026-01-05T10:00:00Z",
    "ahead         0s",
]


def test_long_work_is_shown_and_leaves_no_trace(slow):
    terminal = Terminal("clock", "advance", "1d", "--dir", str(slow.directory))
    terminal.read_until(MOVING)
    slow.answer()
    assert terminal.end() == 0
    assert terminal.screen() == ANSWER


def test_a_terminal_that_cannot_go_back_shows_no_progress(slow):
    terminal = Terminal("clock", "advance", "1d", "--dir", str(slow.directory), TERM="dumb")
    slow.answer()
    assert terminal.end() == 0
    assert terminal.bytes.decode().split("\r\n") == [*ANSWER, ""]


def test_long_work_shows_nothing_where_no_terminal_is(tmp_path):
    done = subprocess.run([BIN, "wait", "--dir", str(tmp_path / "none"), "--timeout", "1s"],
                          capture_output=True, env=clean_environment() | {"TERM": "xterm"})
    assert done.stdout == b""
    assert done.stderr.startswith(b"error: no development service was ready in ")
    assert b"waiting" not in done.stderr and ESCAPE not in done.stderr
    # The same on a terminal.
    terminal = Terminal("wait", "--dir", str(tmp_path / "none"), "--timeout", "1s")
    assert terminal.end() == 3
    assert b"waiting for a development service in " in terminal.bytes
    first, second = terminal.screen()
    assert first.startswith("error: no development service was ready in "), first
    assert second.startswith(" next: look at the output of claviger up"), second


def test_a_service_that_starts_and_its_log_stay_readable(tmp_path):
    terminal = Terminal("up", "--dir", str(tmp_path / "dir"), "--listen", "127.0.0.1:0", CLAVIGER_LOG="claviger=info")
    terminal.read_until("ready")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == 0
    screen = terminal.screen()
    log = [line for line in screen if re.match(r"20\d\d-\d\d-\d\dT\S+ +INFO claviger::development", line)]
    said = [line for line in screen if line not in log]
    assert len(log) == 4, screen
    assert said[0].startswith("claviger         "), screen
    assert said[-1] == "ready", screen
    assert len(said) == 13, screen


WRONG = ["wait", "--timeout", "x"]
FAILS = ["clock", "show", "--dir", "/nonexistent"]


@pytest.mark.parametrize("arguments", [["services"], ["demo"], ["--help"], WRONG, FAILS])
def test_colours_are_for_terminals(arguments):
    def piped(**environment):
        done = subprocess.run([BIN, *arguments], capture_output=True, env=clean_environment() | environment)
        return done.stdout + done.stderr

    def seen(**environment):
        terminal = Terminal(*arguments, **environment)
        terminal.end()
        return terminal.bytes

    colour = re.compile(rb"\x1b\[[0-9;]*m")
    assert colour.search(seen())
    assert not colour.search(seen(NO_COLOR="1"))
    assert not colour.search(piped(TERM="xterm"))
    assert not colour.search(piped(TERM="xterm", NO_COLOR="1"))
    assert colour.search(piped(CLICOLOR_FORCE="1"))
