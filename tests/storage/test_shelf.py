from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.storage.shelf import Shelf


def put(path: Path, size: int = 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def model(shelf: Shelf, number: int, size: int = 100) -> None:
    put(shelf.model(number) / "model.safetensors", size)


def there(shelf: Shelf) -> tuple[set[int], set[int]]:
    """The trials with a model, and those with a checkpoint."""
    folder = shelf.folder / "checkpoints"
    return shelf.models(), {int(path.stem) for path in folder.iterdir()} if folder.is_dir() else set()


def test_an_empty_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", limit=1000)
    shelf.clean([], set(), set())
    assert (there(shelf), shelf.used(), shelf.room(2)) == ((set(), set()), 0, 500)
    assert Shelf(tmp_path / "s").room(2) is None


def test_the_best_models_and_the_checkpoints_of_what_may_go_on_stay(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep=2)
    for number in range(5):
        model(shelf, number)
        put(shelf.checkpoint(number))
    put(tmp_path / "trials" / ".9.half" / "model.safetensors")
    put(tmp_path / "checkpoints" / ".9.pt.123")
    put(tmp_path / "checkpoints" / ".4.pt.123")
    put(tmp_path / "worker.log")
    shelf.clean([3, 1, 0, 2], {4}, {4, 2})
    assert shelf.models() == {3, 1, 4}
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [".4.pt.123", "2.pt", "4.pt"]  # 4 is being written
    assert (tmp_path / "worker.log").exists()


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=6),
    checkpoints=st.dictionaries(st.integers(10, 15), st.integers(1, 300)),
    running=st.sets(st.integers(10, 15)),
    limit=st.integers(1, 1500),
    keep=st.integers(1, 4),
)
def test_the_limit_is_kept_and_the_best_model_too(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], checkpoints: dict[int, int], running: set[int], limit: int, keep: int
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"), keep, limit)
    for number, size in enumerate(sizes):
        model(shelf, number, size)
    for number, size in checkpoints.items():
        put(shelf.checkpoint(number), size)
    ranked = list(range(len(sizes)))
    shelf.clean(ranked, running, set(checkpoints))
    models, left = there(shelf)
    assert 0 in models
    assert left >= running & checkpoints.keys()  # being written
    untouchable = sizes[0] + sum(checkpoints[number] for number in running & checkpoints.keys())
    assert shelf.used() <= max(limit, untouchable)
    assert models == set(range(len(models)))  # the worst go first
    if len(models) < min(keep, len(sizes)):
        assert left == running & checkpoints.keys()  # and checkpoints before them
