"""autotune turns a labelled text file into the best small classifier that the given time allows.

    import autotune

    study = autotune.search("reviews.csv", budget="10m")
    study.model().predict(["what a film"])

`search`, `Study`, `Model` and `load` are loaded when they are first used; to import autotune loads nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autotune.api.model import Model as Model
    from autotune.api.model import load as load
    from autotune.api.searching import search as search
    from autotune.api.study import Study as Study
    from autotune.config import Config as Config
    from autotune.errors import AutotuneError as AutotuneError

_PLACES = {
    "AutotuneError": "autotune.errors",
    "Config": "autotune.config",
    "Model": "autotune.api.model",
    "Study": "autotune.api.study",
    "load": "autotune.api.model",
    "search": "autotune.api.searching",
}

__all__ = ["AutotuneError", "Config", "Model", "Study", "load", "search"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'autotune' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_PLACES]
