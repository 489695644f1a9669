"""Asks the libraries what only they know, in a process of its own: one that crashes while it is imported takes nothing else along."""

import json
import signal
import subprocess
import sys
from functools import cached_property
from typing import Any

LIBRARIES = ("numpy", "scipy", "polars", "tokenizers", "sklearn", "gensim", "optuna", "torch", "lightning")
"""Those with compiled parts, or with many dependencies: where something is broken, it is here."""

_PATIENCE = 180.0  # seconds; a cold disk may take many

_PROGRAM = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
def tell(**facts):
    print("probe " + json.dumps(facts), flush=True)
for name in sys.argv[1:]:
    tell(trying=name)
    try:
        importlib.import_module(name)
    except BaseException as problem:
        tell(broken=name, why=(str(problem).strip() or type(problem).__name__).splitlines()[0])
torch = sys.modules.get("torch")
if hasattr(torch, "cuda"):
    tell(trying="the GPUs")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        names = [torch.cuda.get_device_name(number) for number in range(count)]
    why = str(said[-1].message).splitlines()[0] if said else None
    tell(threads=torch.get_num_threads(), cuda=torch.version.cuda, gpus=names, why_no_gpu=why)
tell(done=True)
"""


class Probe:
    """Begins at once, and is waited for when its first answer is wanted.

    Args:
        libraries: to import.
    """

    def __init__(self, libraries: tuple[str, ...] = LIBRARIES) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *libraries],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    @cached_property
    def broken(self) -> dict[str, str]:
        """The libraries that cannot be imported, and why."""
        found = {answer["broken"]: answer["why"] for answer in self._answers if "broken" in answer}
        last = next((answer["trying"] for answer in reversed(self._answers) if "trying" in answer), "python")
        if not any("done" in answer for answer in self._answers):
            found[last] = self._death
        return found

    @cached_property
    def torch(self) -> dict[str, Any] | None:
        """`threads`, `cuda` (the version it was built for), `gpus` (their names), `why_no_gpu`; None: torch cannot be asked."""
        return next((answer for answer in self._answers if "threads" in answer), None)

    @cached_property
    def _answers(self) -> list[dict[str, Any]]:
        try:
            out, _ = self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, _ = self._process.communicate()
        return [json.loads(line.removeprefix("probe ")) for line in out.splitlines() if line.startswith("probe ")]

    @property
    def _death(self) -> str:
        code = self._process.returncode
        return f"Python is killed by {signal.Signals(-code).name} when it is imported" if code < 0 else f"Python ends with exit code {code}"
