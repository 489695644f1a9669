"""What is shipped works outside the checkout; what is written about it is true."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Answer


@pytest.mark.slow
def test_the_wheel_holds_the_search_spaces_and_works_outside_the_checkout(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert "autotune/doctor/constraints.txt" in zipfile.ZipFile(wheel).namelist()
    page = {f"autotune/reports/study/page/report.{ending}" for ending in ("html", "css", "js")}
    assert page <= set(zipfile.ZipFile(wheel).namelist())
    # A fresh environment that sees the installed dependencies but not the checkout.
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    installed = subprocess.run([python, "-m", "pip", "install", "--no-deps", "--no-index", wheel], capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))
    dependencies = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    # Not by a .pth file that is read: the checkout is installed there by one, and must stay out of sight.
    (site / "dependencies.pth").write_text(f"{dependencies}\n")
    for arguments, words in ((["spaces", "show", "full"], "optimizer.name"), (["--version"], "autotune 0."), (["spaces"], "quick")):
        done = subprocess.run([tmp_path / "env" / "bin" / "autotune", *arguments], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    where = subprocess.run([python, "-c", "import autotune; print(autotune.__file__)"], capture_output=True, text=True, cwd=tmp_path)
    assert where.stdout.startswith(str(tmp_path / "env"))


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert {re.split(r"[<>=]", name)[0].lower() for name in wanted} <= pinned


def test_no_file_of_the_package_is_a_crowded_room() -> None:
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in (ROOT / "autotune").rglob("*.py")}
    assert {path: lines for path, lines in sizes.items() if lines > 400} == {}


def test_every_command_and_option_of_the_readme_exists(autotune: Callable[..., Answer]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:\.venv/bin/)?autotune ([a-z-]+)(.*)$", readme, re.M)
    shown = {name for name, _ in commands}
    assert shown >= {"search", "resume", "studies", "spaces", "export", "train", "predict", "evaluate", "ablate", "lr-range", "dashboard"}
    for name, rest in commands:
        words = rest.split("#")[0].split()
        sub = [words[0]] if name in ("studies", "spaces") and words and words[0] in ("show", "check", "copy", "delete") else []
        help_page = autotune(name, *sub, "--help").out
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest.split("#")[0]):
            assert option in help_page, f"README: autotune {name} {rest}"
