"""The page in a real browser: no error, every mark drawn, nothing wider than the screen."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autotune.reports.study.as_html import to_html
from autotune.reports.study.parts import Report
from tests.reports.study.test_hostile import ATTACKS, with_words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def opened(page: str, folder: Path, width: int = 1200) -> tuple[str, list[str]]:
    """The document after it was opened, and what the browser complained of."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=2000"]
    options += [f"--user-data-dir={folder / 'browser'}", f"--window-size={width},900", "--dump-dom"]
    done = subprocess.run([str(CHROMIUM), *options, file.as_uri()], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_no_error_and_every_mark_is_drawn(report: Report, tmp_path: Path) -> None:
    page = to_html(report)
    document, complaints = opened(page, tmp_path)
    assert complaints == []
    marks = len(re.findall(r'class="mark', page))
    assert marks > 50
    assert len(re.findall(r'class="mark', document)) == marks
    # The script has run: its hints took the place of the browser's.
    assert document.count("data-hint=") == len(re.findall(r"<svg class=\"chart\".*?</svg>", page, re.S) and re.findall("<title>", page)) - 1
    assert not re.search(r'(?:cx|cy|x|y|x1|points|d)="[^"]*(?:nan|inf|NaN|undefined)', document)


@pytest.mark.parametrize("words", [ATTACKS[0] + ATTACKS[1], ATTACKS[8], ATTACKS[9]], ids=["script", "direction", "long word"])
@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_is_wider_than_the_screen_and_nothing_acts(report: Report, words: str, width: int, tmp_path: Path) -> None:
    page = to_html(with_words(report, words))
    _, complaints = opened(page, tmp_path)
    assert complaints == []
    # Measured by a script of ours, which the policy of the page would not allow; in a frame, as a window has at least 500 pixels.
    tell = "addEventListener('load', () => parent.postMessage(document.documentElement.scrollWidth + ' ' + innerWidth, '*'))"
    page = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page).replace("</body>", f"<script>{tell}</script></body>")
    (tmp_path / "inner.html").write_text(page, encoding="utf-8")
    listen = "addEventListener('message', (event) => { document.body.dataset.widths = event.data })"
    document, _ = opened(
        f'<body style="margin:0"><script>{listen}</script><iframe src="inner.html" style="border:0;width:{width}px"></iframe>',
        tmp_path,
        1500,
    )
    found = re.search(r'data-widths="(\d+) (\d+)"', document)
    assert found is not None
    assert int(found[2]) == width
    assert int(found[1]) <= width


def test_a_foreign_script_would_not_run(report: Report, tmp_path: Path) -> None:
    page = to_html(report).replace("</main>", "<script>document.title = 'owned'</script></main>")
    document, complaints = opened(page, tmp_path)
    assert "<title>owned" not in document
    assert len(complaints) == 1
    assert "Content Security Policy" in complaints[0]
