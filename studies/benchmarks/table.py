"""The recorded table as a file of the project: configurations, their learning curves on every data set, what each epoch cost.

    .venv/bin/python studies/benchmarks/table.py --rows u.jsonl v.jsonl   # packs the rows that recorded_table.py wrote

Kept as JSON, compressed. The file holds the space and the samples themselves, so that later changes of them do not touch it.
"""

import argparse
import json
import lzma
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.config import Value
from autotune.spaces.space import SearchSpace

TABLE = Path(__file__).with_name("recorded_table.json.xz")


@dataclass(frozen=True)
class Curve:
    """One configuration trained on one data set. Arrays have one entry an epoch; a run that failed has no scores, but took seconds.

    Args:
        seconds: processor time since the start of the run at the end of each epoch.
        scores: accuracy on the texts to compare on.
        test: accuracy of the best epoch on the texts to test on; not a number where the run failed.
        parameters: of the model.
        stopped: why it ended: "finished", "patience", "failed"; "pruned" by the recorder, because it took long.
    """

    seconds: NDArray[np.float64]
    scores: NDArray[np.float64]
    train_loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    test: float
    parameters: int
    stopped: str

    @property
    def best(self) -> float:
        """The score of the best epoch; 0 where the run failed."""
        return float(self.scores.max(initial=0.0))


@dataclass(frozen=True)
class Table:
    """All curves of the same configurations on several data sets.

    Args:
        families: names of data sets that are alike.
        samples: of the space, one a configuration.
        curves: by data set, one a configuration.
    """

    space: SearchSpace
    families: Mapping[str, Sequence[str]]
    samples: Sequence[Mapping[str, Value]]
    curves: Mapping[str, Sequence[Curve]]

    @cached_property
    def bests(self) -> NDArray[np.float64]:
        """The score of every configuration on every data set, by data set and configuration."""
        return np.array([[curve.best for curve in curves] for curves in self.curves.values()])

    @cached_property
    def costs(self) -> NDArray[np.float64]:
        """Seconds of every configuration trained to the end, by data set and configuration."""
        return np.array([[curve.seconds[-1] for curve in curves] for curves in self.curves.values()])

    def part(self, numbers: Sequence[int]) -> "Table":
        """The table with these configurations alone."""
        curves = {name: [of_all[number] for number in numbers] for name, of_all in self.curves.items()}
        return replace(self, samples=[self.samples[number] for number in numbers], curves=curves)

    def family(self, name: str) -> str:
        """The family of a data set."""
        return next(family for family, names in self.families.items() if name in names)


def read_table(path: Path = TABLE) -> Table:
    """The table that `pack` wrote."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        content = json.load(file)
    return Table(
        SearchSpace.from_json(content["space"]),
        content["families"],
        content["samples"],
        {name: [_curve(row) for row in rows] for name, rows in content["curves"].items()},
    )


def pack(rows: Iterable[Mapping[str, Any]], described: Mapping[str, Any], path: Path) -> int:
    """Writes the configurations that have a row for every data set; returns how many.

    Args:
        rows: as recorded, in any order; of two of the same configuration and data set the first counts.
        described: the families, and the space and all samples that the rows are of.
    """
    names = [name for family in described["families"].values() for name in family]
    found: dict[int, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["row"], {}).setdefault(row["set"], row)
    whole = sorted(number for number, of_sets in found.items() if of_sets.keys() >= set(names))
    content = {
        "space": described["space"],
        "families": described["families"],
        "samples": [described["samples"][number] for number in whole],
        "curves": {
            name: [{key: value for key, value in found[number][name].items() if key not in ("row", "set")} for number in whole]
            for name in names
        },
    }
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as file:
        json.dump(content, file, separators=(",", ":"))
    return len(whole)


def _curve(row: Mapping[str, Any]) -> Curve:
    scores, train, validation = (np.array(row.get(key, ())) for key in ("scores", "train_loss", "validation_loss"))
    seconds = np.array(row["seconds"])
    return Curve(seconds, scores, train, validation, row.get("test", np.nan), row.get("parameters", 0), row.get("stopped", "failed"))


def main() -> None:
    """Packs recorded rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, nargs="+", required=True, help="files of rows; beside the first lies its .described.json")
    parser.add_argument("--table", type=Path, default=TABLE)
    chosen = parser.parse_args()
    rows = (json.loads(line) for path in chosen.rows for line in path.read_text().splitlines())
    described = json.loads(chosen.rows[0].with_suffix(".described.json").read_text())
    count = pack(rows, described, chosen.table)
    print(f"{count} configurations, {chosen.table.stat().st_size / 1024:.0f} kB: {chosen.table}")


if __name__ == "__main__":
    main()
