"""The Tab key, in a real bash, and without a library that would keep it waiting."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autotune.storage.engine import open_storage, storage_url
from autotune.storage.studies import create_study

COMMAND = Path(sys.executable).with_name("autotune")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this system")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of three studies, and a search space."""
    folder = tmp_path_factory.mktemp("completing")
    for database, names in (("studies/autotune.db", ("reviews", "reviews-2", "评论")), ("other.db", ("elsewhere",))):
        storage = open_storage(storage_url(str(folder / database)))
        for name in names:
            create_study(storage, name, True, {})
        storage.engine.dispose()
    (folder / "quiet.yaml").touch()
    return folder


def offered(folder: Path, line: str, **variables: str) -> list[str]:
    """What bash offers at the end of a line, its words split as it splits them."""
    script = (
        "source <(_AUTOTUNE_COMPLETE=source_bash autotune)\n"
        'COMP_WORDS=(); read -ra words <<< "$LINE_OF_WORDS"\n'
        'for word in "${words[@]}"; do COMP_WORDS+=("$word"); done\n'
        "[[ $LINE_OF_WORDS == *' ' ]] && COMP_WORDS+=('')\n"
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        '_autotune_completion autotune; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOTUNE")}
    environment |= {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "LINE_OF_WORDS": line.replace("=", " = "), **variables}
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, cwd=folder, env=environment)
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1] if done.stdout != "\n" else []


@needs_bash
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("autotune resume rev", ["reviews", "reviews-2"]),
        ("autotune export 评", ["评论"]),
        ("autotune studies show --storage other.db ", ["elsewhere"]),
        ("autotune search --from reviews-", ["reviews-2"]),
        ("autotune ablate nothing", []),
        ("autotune search --space qui", ["quick", "quiet.yaml"]),
        ("autotune search --set initialization.emb", ["initialization.embedding_scale=0.1"]),
        ("autotune resume reviews --set shuffling.", ["shuffling.enabled=true", "shuffling.enabled=false"]),
        ("autotune search --set dropout.", ["dropout.embedding=", "dropout.encoder=", "dropout.head="]),
        ("autotune search --set optimizer.name=ada", ["adagrad", "adadelta", "adam", "adamax", "adamw"]),
        ("autotune search --set optimizer.nesterov=", ["true", "false"]),
        ("autotune search --set batch_size.init", ["batch_size.initial=32", "batch_size.initial=full"]),
        ("autotune search --set nowhere.", []),
    ],
)
def test_bash(studies: Path, line: str, words: list[str]) -> None:
    assert sorted(offered(studies, line)) == sorted(words)


@needs_bash
def test_the_usual_database_may_be_another(studies: Path) -> None:
    assert offered(studies, "autotune resume ", AUTOTUNE_STORAGE="other.db") == ["elsewhere"]
    assert offered(studies, "autotune resume x", AUTOTUNE_STORAGE="nowhere.db") == []
    (studies / "broken.db").write_text("no database")
    assert offered(studies, "autotune resume x", AUTOTUNE_STORAGE="broken.db") == []


@needs_bash
def test_nothing_is_written(studies: Path) -> None:
    before = sorted(studies.rglob("*"))
    assert offered(studies, "autotune resume rev") == ["reviews", "reviews-2"]
    assert sorted(studies.rglob("*")) == before


@pytest.mark.parametrize("words", ["autotune resume ", "autotune search --set optimizer.", "autotune search --space "])
def test_nobody_waits_for_a_library(studies: Path, words: str) -> None:
    program = (
        "import sys\nfrom autotune.cli.app import main\nsys.argv = ['autotune']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({'torch', 'optuna', 'sqlalchemy', 'numpy', 'polars', 'rich'} & set(sys.modules)))"
    )
    environment = {
        **os.environ,
        "_AUTOTUNE_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=studies, env=environment)
    *offers, loaded = done.stdout.splitlines()
    assert loaded == "LOADED", done.stderr
    assert len(offers) >= 3


@needs_bash
def test_it_is_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "SHELL": "/bin/bash"}
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{COMMAND} --install-completion; true"], capture_output=True, text=True, env=environment
    )
    assert "bash completion installed" in done.stdout, done.stderr
    assert (tmp_path / ".bash_completions" / "autotune.sh").exists()
