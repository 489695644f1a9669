"""Searches as a user starts them, watched from outside: their processes, what they say, and what they store."""

import csv
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STUDY = "s"
WORDS = {
    "sport": ["ball", "goal", "team", "match", "coach"],
    "food": ["bread", "soup", "cook", "salt", "plate"],
    "music": ["song", "drum", "chord", "tune", "choir"],
}
FILLER = ["the", "a", "then", "very", "again", "went", "saw", "there", "with", "new"]
FINISHED = ("COMPLETE", "PRUNED", "FAIL")
SMALL = {"text.unit": "word", "text.ngrams": 0, "text.character_ngrams": 0, "pretraining.dimension": 16}
"""What makes the trials of the space `quick` short: little is left of them but the encoder."""

_END = re.compile(r"^[\dhms ]+  trial (\d+) +(?!lost|\s)")


def write_texts(path: Path, rows: int) -> Path:
    """A CSV of three classes: a word of the class, one of any class, much that means nothing, and one label in five that is drawn."""
    draw = random.Random(0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row in range(rows):
            label = draw.choice(sorted(WORDS))
            any_label = draw.choice(sorted(WORDS))
            telling = [draw.choice(WORDS[label]), draw.choice(WORDS[any_label])]
            words = [*draw.choices(FILLER, k=draw.randint(6, 12)), *telling, f"n{row}"]
            draw.shuffle(words)
            writer.writerow([" ".join(words), any_label if row % 5 == 0 else label])
    return path


def fixed(values: dict[str, Any]) -> list[str]:
    """As `--set` options."""
    return [word for path, value in values.items() for word in ("--set", f"{path}={value}")]


class Command:
    """A command in a session of its own; what it says on standard error is kept line by line, each with its moment.

    Args:
        program: in the place of `python -m autotune`.
    """

    def __init__(self, *arguments: str, folder: Path, program: tuple[str, ...] = (sys.executable, "-m", "autotune")) -> None:
        self.lines: list[tuple[float, str]] = []
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = self.process.pid
        self.out = ""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_lines, self._read_out)]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append((time.monotonic(), line.rstrip()))

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        self.out = self.process.stdout.read()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    @property
    def err(self) -> str:
        """All that it said on standard error."""
        return "\n".join(line for _, line in self.lines)

    def said(self, start: str) -> float | None:
        """When it first said a line that starts so."""
        return next((at for at, line in list(self.lines) if line.startswith(start)), None)

    def told(self) -> list[int]:
        """The trials of which it told the end, in that order."""
        ends = [_END.match(line) for _, line in list(self.lines)]
        return [int(end[1]) for end in ends if end]

    def wait(self) -> None:
        """Until it ends, which must be without failure."""
        self.process.wait()
        for reader in self._readers:
            reader.join()
        if self.process.returncode:
            raise SystemExit(f"{self.process.args} failed:\n{self.out}\n{self.err}")

    def processes(self) -> list[int]:
        """All of its session that live, workers and fork server included."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    if int(fields[3]) == self.pid and fields[0] != "Z":
                        found.append(int(entry.name))
        return found

    def kill(self) -> None:
        """The whole session at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        for reader in self._readers:
            reader.join()

    def processor_seconds(self) -> float:
        """Of the coordinator alone, up to now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what: str = "VmRSS") -> float:
        """MB of the coordinator; `VmHWM` for the most that it ever had."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return int(status[what].split()[0]) / 1024

    def files(self) -> int:
        """Open files of the coordinator."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self) -> int:
        """Of the coordinator."""
        return len(os.listdir(f"/proc/{self.pid}/task"))


@dataclass(frozen=True)
class Stored:
    """One trial as plain SQL finds it; moments are in seconds since 1970."""

    number: int
    state: str
    result: dict[str, Any]
    fingerprint: str
    began: float
    ended: float


def stored(database: Path) -> list[Stored]:
    """The trials of the study, in their order; none where there is no study yet."""
    attribute = "(SELECT value_json FROM trial_user_attributes a WHERE a.trial_id = t.trial_id AND key = '{}')"
    moment = "(julianday({}) - 2440587.5) * 86400"
    columns = [attribute.format(key) for key in ("autotune:result", "fingerprint")]
    columns += [moment.format(column) for column in ("datetime_start", "datetime_complete")]
    rows = _rows(database, f"SELECT number, state, {', '.join(columns)} FROM trials t ORDER BY number")
    return [Stored(number, state, json.loads(result or "{}"), print_ or "", *moments) for number, state, result, print_, *moments in rows]


def study_attributes(database: Path) -> dict[str, Any]:
    """What is stored of the study itself; nothing where there is none yet."""
    return {key: json.loads(value) for key, value in _rows(database, "SELECT key, value_json FROM study_user_attributes")}


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    if not database.exists():
        return []
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError as problem:
        if "no such table" in str(problem):
            return []
        raise
