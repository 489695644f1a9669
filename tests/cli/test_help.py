import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer

COMMANDS = [
    *(("studies",), ("studies", "show"), ("studies", "delete"), ("spaces",), ("spaces", "show"), ("spaces", "check")),
    *(
        (name,)
        for name in (
            "search",
            "plan",
            "resume",
            "export",
            "train",
            "predict",
            "evaluate",
            "ablate",
            "lr-range",
            "dashboard",
            "doctor",
            "report",
        )
    ),
]
HEAVY = {"torch", "gensim", "lightning", "optuna", "numpy", "polars", "sklearn", "scipy", "pandas", "plotly", "sqlalchemy", "tokenizers"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(autotune: Callable[..., Answer], command: tuple[str, ...]) -> None:
    answer = autotune(*command, "--help")
    assert answer.code == 0
    assert f"autotune {' '.join(command)}" in answer.out.split("Example", 1)[1]


def test_the_version_is_told(autotune: Callable[..., Answer]) -> None:
    assert autotune("--version").out.startswith("autotune 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"], ["search", "--data", "nowhere.csv"]])
def test_nothing_heavy_is_imported_before_there_is_work(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import sys\nfrom autotune.cli.app import main\n"
        f"sys.argv = ['autotune', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1].split() == ["LOADED"], done.stdout + done.stderr
