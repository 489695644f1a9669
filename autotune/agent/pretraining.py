"""What can be said about tip 7 before a search begins: vector files must be there, and unlabelled texts must be of use."""

from pathlib import Path

from autotune.config import Value
from autotune.errors import UsageError, VectorError
from autotune.sections import LEARNT_FROM_TEXTS
from autotune.spaces.space import CONFIG_DEFAULTS, SearchSpace
from autotune.vectors.files import check_dimension, file_dimension

_DIMENSION = "pretraining.dimension"


def check_pretraining(space: SearchSpace, unlabeled: str | None) -> tuple[SearchSpace, list[str]]:
    """The space with the dimension that its vector files ask for, and a note where that was changed.

    Only the beginnings of the files are read.

    Args:
        unlabeled: the file of unlabelled texts.

    Raises:
        VectorError: a vector file that is missing or none, or of another dimension than the one that is fixed.
        UsageError: unlabelled texts, yet no configuration of the space would learn from them.
    """
    methods = _possible(space, "pretraining.method")
    if unlabeled is not None and not methods & {*LEARNT_FROM_TEXTS}:
        raise UsageError(
            f"--unlabeled: no configuration of the search space '{space.name}' learns token vectors from texts",
            "add --set pretraining.method=word2vec, or take --space full",
        )
    if "file" not in methods:
        return space, []
    files = [Path(str(file)) for file in _possible(space, "pretraining.file") if file is not None]
    if not files:
        raise VectorError("pretraining.method is file, but no file is named", "add --set pretraining.file=PATH")
    dimension = space.fixed.get(_DIMENSION, file_dimension(files[0]))
    assert isinstance(dimension, int)
    for file in files:
        check_dimension(file, dimension)
    if _DIMENSION in space.fixed:
        return space, []
    return space.fix({_DIMENSION: dimension}), [f"{_DIMENSION} is {dimension}, as in {files[0].name}."]


def _possible(space: SearchSpace, path: str) -> set[Value | None]:
    """What a parameter can be in the configurations of a space; for those that are chosen from a list."""
    for parameter in space.parameters:
        if parameter.path == path:
            return {*parameter.choices}
    return {space.fixed.get(path, CONFIG_DEFAULTS[path])}
