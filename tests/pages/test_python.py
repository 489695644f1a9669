"""The Python of the README and of the page about it runs, block after block, with budgets and trials cut short."""

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, write_toy


def blocks_of(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_page_run(tmp_path: Path) -> None:
    *page, last = blocks_of("docs/python.md")
    blocks = [*page, *blocks_of("README.md"), last]  # that of the README loads what the page has exported
    program = re.sub(r'budget="\d+m"', "trials=2", "\n".join(blocks)).replace("trials=20", "trials=3, finalists=2")
    write_toy(tmp_path / "reviews.csv", 120)
    (tmp_path / "more.txt").write_text("what a film\nthe worst\n")
    (tmp_path / "page.py").write_text(program)
    done = subprocess.run([sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(blocks) > 5
    assert "no column 'txt'" in done.stdout.splitlines()[-1]
    assert (tmp_path / "best/model.safetensors").is_file()
    assert (tmp_path / "all/members").is_dir()
    assert "<html" in (tmp_path / "pairs.html").read_text(encoding="utf-8")
