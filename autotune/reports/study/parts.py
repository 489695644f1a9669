"""What a report says, as one tree of plain values: the renderers add words and pictures, but no facts.

The JSON report is this tree. `SCHEMA` is its version: a field that is added leaves it, one that goes or means something else raises it.
Scores are of the study's metric on the validation texts unless said otherwise; times are seconds; a tuple is a JSON list; what is not
known is None, and `Report.notes` says why where a whole part is missing. Labels and texts are as in the data: whoever shows them escapes
them.
"""

from dataclasses import dataclass
from typing import Literal

from autotune.config import Metric, Value

SCHEMA = 1

MARKS = ('name="generator" content="autotune report"', "<!-- autotune report -->", '"generator": "autotune ')
"""By these a file is known to be a report, in its first lines: HTML, Markdown, JSON."""

State = Literal["running", "ended", "open"]
"""running: a process searches it now; ended: its winner was settled; open: it stopped before that, and may be taken up again."""


@dataclass(frozen=True)
class Result:
    """One classifier in the table of results.

    Args:
        validation_interval: 95 %, bootstrap over the validation texts; of the winner alone, computed when the report is made.
        test: as the search stored it; the test texts are not read again.
        test_interval: 95 %, bootstrap over the test texts.
        ours: whether the search made it; otherwise it is a baseline.
    """

    name: str
    validation: float | None
    validation_interval: tuple[float, float] | None
    test: float | None
    test_interval: tuple[float, float] | None
    ours: bool


@dataclass(frozen=True)
class Winner:
    """The best trial, and its model where that is still there.

    Args:
        brief: its configuration in a few words.
        sections: the same in full, section by section.
        yaml: the same as a file that `autotune train` reads.
        seconds: of its training, as far as it came.
        size: bytes of its model's folder; None: there is no model.
        latency: seconds for one text, one thread.
        latency_from: `now`, or `search`: measured while the search ran, for a limit; None: not measured.
    """

    trial: int
    cause: str
    brief: str
    sections: tuple[tuple[str, str], ...]
    yaml: str
    fingerprint: str
    best_epoch: int | None
    epochs: int | None
    seconds: float | None
    parameters: int | None
    size: int | None
    latency: float | None
    latency_from: Literal["now", "search"] | None


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, trained again: its scores in the order of the runs, and their mean."""

    trial: int
    scores: tuple[float, ...]
    mean: float


@dataclass(frozen=True)
class Answer:
    """What came of it.

    Args:
        counts: of trials, in words.
        expected: what new texts will see, in words; None: the winner was not trained again.
        expected_score: the same as a number; None also where it was trained again on the same split, which tells nothing of new texts.
        expected_interval: 95 %, for as many texts as were tested on.
        finalists: the trials that were trained again, on other splits where `expected_score` is known; empty where none was.
        verdict: whether it beats the baselines, in words.
        beats: the same; None: it cannot be told, or not for certain.
        test_rows: on how many texts the test scores are.
    """

    counts: str
    winner: Winner | None
    results: tuple[Result, ...]
    expected: str | None
    expected_score: float | None
    expected_interval: tuple[float, float] | None
    finalists: tuple[Finalist, ...]
    verdict: str
    beats: bool | None
    test_rows: int | None


@dataclass(frozen=True)
class TrialPart:
    """One trial.

    Args:
        state: as Optuna calls it, in small letters: complete, pruned, fail, running, waiting.
        cause: why it ended.
        ended: seconds of searching after which it ended; pauses between sessions are left out; None where it has not or is not known.
        score: after its best epoch.
        leads: whether its score was the best so far when it ended.
        curve: the metric after each epoch: pairs of epoch and value.
        imported: whether another study gave it.
    """

    number: int
    state: str
    cause: str
    ended: float | None
    score: float | None
    leads: bool
    best_epoch: int | None
    seconds: float | None
    curve: tuple[tuple[int, float], ...]
    values: dict[str, Value]
    imported: bool


@dataclass(frozen=True)
class LossPoint:
    """One epoch of the winner, in nats."""

    epoch: int
    train_loss: float
    validation_loss: float


@dataclass(frozen=True)
class Option:
    """One value of a parameter and the scores of the trials that had it, the best first."""

    value: Value
    scores: tuple[float, ...]
    median: float


@dataclass(frozen=True)
class ParameterPart:
    """What the trials show of one parameter.

    Args:
        importance: its share by PED-ANOVA, all parameters together 1; None where there are too few trials.
        options: of a parameter with choices; empty for a range.
        points: of a range: pairs of value and score.
        winner: its value in the winner; None: not tuned there.
    """

    path: str
    importance: float | None
    log: bool
    options: tuple[Option, ...]
    points: tuple[tuple[float, float], ...]
    winner: Value | None


@dataclass(frozen=True)
class Change:
    """One line of an ablation: the winner with one parameter changed, on the same seeds.

    Args:
        difference: in the metric, change minus base, mean over seeds; None: every run failed.
        half_width: of the 95 % interval.
        certainty: beyond, maybe, within (noise), or - for one seed.
    """

    change: str
    difference: float | None
    half_width: float | None
    certainty: str
    seeds: int
    failed: int


@dataclass(frozen=True)
class TipPart:
    """What is known of one tip.

    Args:
        number: of the tip; `-` for a section of the configuration that is none of the twelve.
        conclusion: one sentence with its number.
        from_ablation: whether that sentence is of an ablation: one thing changed at a time, on these texts.
    """

    number: str
    section: str
    conclusion: str
    from_ablation: bool
    parameters: tuple[ParameterPart, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Evidence:
    """What the trials show of the tips.

    Args:
        scored: on how many trials it rests.
        needed: how many PED-ANOVA would take.
        unvaried: sections that all trials had alike.
        ablation: what its differences are measured against, in words; None: there is no ablation of this winner.
        most_important: the parameters for a look at all together, the most important first.
    """

    scored: int
    needed: int
    tips: tuple[TipPart, ...]
    unvaried: tuple[str, ...]
    ablation: str | None
    most_important: tuple[str, ...]


@dataclass(frozen=True)
class DecisionPart:
    """What the search decided by itself; `at` is UTC."""

    at: str
    trial: int | None
    kind: str
    evidence: str


@dataclass(frozen=True)
class ClassScores:
    """One class on the validation texts; `count` of them have its label, `predicted` were given it."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    count: int
    predicted: int


@dataclass(frozen=True)
class Mistake:
    """A validation text that the winner took for something else.

    Args:
        text: its first characters.
        cut: how many characters are left out.
        probability: that the winner gave what it predicted.
        label_probability: that it gave the label.
    """

    text: str
    cut: int
    label: str
    predicted: str
    probability: float
    label_probability: float


@dataclass(frozen=True)
class Bin:
    """The validation texts whose prediction was so sure: `low` < probability <= `high`."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class ValidationPart:
    """The winner's predictions on the validation texts.

    Args:
        confusion: how many texts of each class (row) were given each class (column), in the order of `classes`.
        confusions: label, prediction and how often, the most frequent first, mistakes alone.
        mistakes: how many texts were predicted wrong.
        worst: of those the ones whose label the winner thought least likely.
        calibration: in ten bins; empty ones are left out.
        calibration_error: the mean distance of confidence and accuracy (expected calibration error; Guo et al. 2017).
    """

    rows: int
    scores: dict[Metric, float]
    intervals: dict[Metric, tuple[float, float]]
    classes: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    confusions: tuple[tuple[str, str, int], ...]
    mistakes: int
    worst: tuple[Mistake, ...]
    calibration: tuple[Bin, ...]
    calibration_error: float


@dataclass(frozen=True)
class DataPart:
    """The data that was searched on; `lines` are its card in words, with a word for each."""

    source: str
    fingerprint: str
    labels: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """How to do it again: what to type, with what, on what.

    Args:
        commands: what for, and the command.
        facts: versions, seeds, fingerprints, the machine: a word for each, and the fact.
    """

    commands: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Report:
    """The whole report, in the order in which it is read.

    Args:
        made: when, UTC.
        notes: what is missing or other than one would think, a sentence each.
        source: the name of the data's file.
        losses: the winner's, epoch by epoch.
        validation: None where the data or the model is gone or changed.
        data: likewise.
    """

    generator: str
    made: str
    study: str
    metric: Metric
    maximize: bool
    state: State
    source: str
    notes: tuple[str, ...]
    answer: Answer
    trials: tuple[TrialPart, ...]
    losses: tuple[LossPoint, ...]
    evidence: Evidence
    decisions: tuple[DecisionPart, ...]
    validation: ValidationPart | None
    data: DataPart | None
    recipe: Recipe
