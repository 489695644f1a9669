"""Every command that a page shows is typed, in the order of the page, in a folder with the files that pages speak of.

What would take minutes is shortened: budgets to seconds, trials to a few. Everything else is as it is written.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Answer, write_toy

Run = Callable[..., Answer]

SERVING = ("autotune dashboard",)
"""Commands that go on until they are stopped; tests/cli/test_dashboard.py starts them."""
REFUSED = {
    r"autotune resume \w+ --space \S+": "says what differs and asks which way to go",
}
"""Commands that are meant to end with exit code 2."""
SHORTER = {
    r"(?<=autotune search)(.*)--budget \S+": r"\1--budget 2m",  # with two trials; a busy machine may need it
    r"(?<=autotune ablate)(.*)--budget \S+": r"\1--budget 6s",
    r"(?<=autotune plan)(.*)--budget \S+": r"\1--budget 6s",
    r"--more-time \S+": "--more-time 1m",
    r"--trials \d+": "--trials 2",
    r"--more-trials \d+": "--more-trials 1",
    r"--seeds \d+": "--seeds 1",
}


def commands(page: str) -> Iterator[str]:
    """The commands in the blocks of a page, without the words behind `#`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language in ("", "sh", "console"):
            for line in block.splitlines():
                command = re.sub(r"\s+#.*", "", line).strip()
                if re.match(r"(echo .*\| )?autotune ", command):
                    yield command


PAGES = sorted(
    page
    for pattern in ("README.md", "search_spaces/README.md", "docs/*.md")
    for page in (str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))
    if any(commands(page))
)


def shortened(command: str) -> str:
    command = re.sub(r" \| jq .*", "", command)  # which may not be there
    for pattern, instead in SHORTER.items():
        command = re.sub(pattern, instead, command)
    if command.startswith("autotune studies delete"):
        return f"echo y | {command}"  # it asks
    if command.startswith("autotune search") and "--trials" not in command:
        command += " --trials 2"
    return command


def prepare(folder: Path) -> None:
    """The files that pages speak of."""
    for name, rows, seed in (("reviews.csv", 160, 1), ("train.csv", 160, 2), ("test.csv", 60, 3), ("texts.csv", 40, 4)):
        write_toy(folder / name, rows, seed)
    (folder / "more.txt").write_text("the ball and the goal\n" * 3 + "a song, a choir and a drum\n" * 3)
    (folder / "my_space.yaml").write_text(
        "description: Mine.\ninclude: [quick]\nfixed:\n  early_stopping.max_epochs: 2\n  early_stopping.patience: 1\n  encoder.name: none\n"
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_does_what_it_says(page: str, autotune: Run, workplace: Path) -> None:
    prepare(workplace)
    typed = list(commands(page))
    typed.sort(key=lambda command: command.startswith("autotune studies delete"))  # the last of all, wherever it stands
    if typed and page != "README.md":  # which makes its study itself; other pages speak of one that is there
        typed.insert(0, "autotune search --data reviews.csv --study reviews")
    for command in typed:
        if command.startswith(SERVING):
            continue
        short = shortened(command)
        if re.search("[|>]", short):
            code, said = _by_shell(short, workplace)
        else:
            answer = autotune(*shlex.split(short)[1:])
            code, said = answer.code, answer.out + answer.err
        wanted = 2 if any(re.fullmatch(pattern, command) for pattern in REFUSED) else 0
        assert code == wanted, f"{page}: `{command}`, typed as `{short}`, ended with {code}\n{said}"


def _by_shell(command: str, folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=200)
    return done.returncode, done.stdout + done.stderr


def test_the_pages_have_commands() -> None:
    found = [command for page in PAGES for command in commands(page)]
    assert len(found) > 30
    assert {"search", "resume", "export", "predict", "studies"} <= {
        command.split()[1] for command in found if command.startswith("autotune")
    }
