"""The checks of somebody who tunes well: each reads the trials, and says what to try next to the best configuration, on which evidence.

The order and the checks follow Godbole et al. 2023, "Deep Learning Tuning Playbook". A rule changes one thing, so that the trial that
follows shows whether it was right.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from autotune.config import Config, Metric, Value, better
from autotune.metrics import DEAD, NOISE, SATURATED, SPREAD
from autotune.spaces.space import Parameter, SearchSpace


@dataclass(frozen=True)
class Seen:
    """A trial that is over.

    Args:
        score: the objective; None: it has none.
        best_epoch: with the best score, from 1.
        train_loss: mean cross-entropy in nats in the best epoch, on the training texts.
        validation_loss: the same on the validation texts.
        probes: what was measured inside the network.
    """

    number: int
    config: Config
    score: float | None
    cause: str
    best_epoch: int = 0
    epochs: int = 0
    train_loss: float = 0.0
    validation_loss: float = 0.0
    probes: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nobody stopped it."""
        return self.cause in ("finished", "patience")


@dataclass(frozen=True)
class Finding:
    """What a rule has found.

    Args:
        rule: its name.
        tip: of the twelve, that it stands on; 0: none.
        evidence: in words, with numbers.
        base: the configuration that is to be changed.
        changes: paths to new values.
    """

    rule: str
    tip: int
    evidence: str
    base: Config
    changes: Mapping[str, Value]

    @property
    def sentence(self) -> str:
        """The evidence and what is tried upon it."""
        values = self.base.values()
        words = ", ".join(f"{path} {_shown(values[path])} -> {_shown(value)}" for path, value in self.changes.items())
        return f"{self.evidence}: {words}" + (f" (tip {self.tip})" if self.tip else "")


@dataclass(frozen=True)
class Case:
    """What a rule looks at: the best whole trial, all trials, and what may be changed."""

    best: Seen
    trials: Sequence[Seen]
    space: SearchSpace


Rule = Callable[[Case], Iterator[tuple[str, int, Mapping[str, Value]]]]
"""Gives evidence, tip and changes, the most promising first; of what the space cannot take nothing comes."""

_TIPS = {"optimizer": 1, "learning_rate": 2, "dropout": 3, "initialization": 4, "early_stopping": 5, "regularization": 6}
_TIPS |= {"pretraining": 7, "activation": 8, "encoder": 9, "pooling": 10, "shuffling": 11, "batch_size": 12}
_BEYOND = 10.0
"""So many times beyond its bounds a logarithmic range may be widened."""
_HIGHEST_DROPOUT = 0.9


def diagnose(trials: Sequence[Seen], metric: Metric, space: SearchSpace, rules: Mapping[str, Rule] | None = None) -> Iterator[Finding]:
    """What the trials suggest, the most pressing first. Only changes of parameters that the space tunes.

    Args:
        rules: those to apply; all of them, where none are given.
    """
    whole = [trial for trial in trials if trial.score is not None and trial.is_whole]
    if not whole:
        return
    best = whole[0]
    for trial in whole[1:]:
        if better(metric, trial.score or 0.0, best.score or 0.0):
            best = trial
    tuned = {parameter.path: parameter for parameter in space.parameters}
    case = Case(best, trials, space)
    for name, rule in (RULES if rules is None else rules).items():
        for evidence, tip, changes in rule(case):
            if all(path in tuned and (tuned[path].takes(value) or _may_reach(tuned[path], value)) for path, value in changes.items()):
                yield Finding(name, tip, evidence, best.config, changes)


def _at_bound(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """The best value at an end of its range: the range is widened."""
    values = case.best.config.values()
    for parameter in case.space.parameters:
        value = values[parameter.path]
        if parameter.kind != "float" or not isinstance(value, float) or parameter.low is None or parameter.high is None:
            continue
        if parameter.log:
            margin = (parameter.high / parameter.low) ** 0.05
            beyond = value * 2 if value * margin >= parameter.high else value / 2 if value / margin <= parameter.low else None
        else:
            beyond = round(value + parameter.step, 6) if parameter.step and value >= parameter.high else None
        if beyond is not None:
            evidence = f"{parameter.path} {value:.3g} of trial {case.best.number} is at a bound of [{parameter.low}, {parameter.high}]"
            yield evidence, _TIPS.get(parameter.path.split(".")[0], 0), {parameter.path: beyond}


def _may_reach(parameter: Parameter, value: Value) -> bool:
    """Whether the range of a parameter may be widened as far as to this value."""
    if parameter.kind != "float" or not isinstance(value, float) or parameter.low is None or parameter.high is None:
        return False
    if parameter.log:
        return parameter.low / _BEYOND <= value <= parameter.high * _BEYOND
    return parameter.path.startswith("dropout.") and parameter.low <= value <= _HIGHEST_DROPOUT


def _diverged(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Runs that diverge at large rates, and the best at the edge of those: smaller steps, or a warm-up."""
    best, trials = case.best, case.trials
    lost = [trial.config.learning_rate.relative for trial in trials if trial.cause == "diverged"]
    sound = [trial.config.learning_rate.relative for trial in trials if trial.cause != "diverged"]
    rate = best.config.learning_rate
    if len(lost) >= 2 and median(lost) > median(sound) and rate.relative > 0.5 * min(lost):
        evidence = f"{len(lost)} of {len(trials)} trials diverged, from {min(lost):.3g} times the customary rate on"
        yield evidence, 2, {"learning_rate.warmup_epochs": 1.0}
        yield evidence, 2, {"learning_rate.relative": rate.relative / 2}


def _early_best(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """The best epoch in the first tenth: the rate is too large to go further."""
    best = case.best
    if best.best_epoch <= max(1, 0.1 * best.config.early_stopping.max_epochs) and best.epochs >= 3:
        evidence = f"trial {best.number} was best after epoch {best.best_epoch} of {best.epochs}"
        yield evidence, 2, {"learning_rate.relative": best.config.learning_rate.relative / 2}


def _still_improving(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """The best epoch is the last that was allowed: more of them, or larger steps."""
    best = case.best
    stopping = best.config.early_stopping
    if best.cause == "finished" and best.best_epoch == best.epochs == stopping.max_epochs:
        evidence = f"trial {best.number} was still improving at its last epoch, {best.epochs}"
        yield evidence, 5, {"early_stopping.max_epochs": 2 * stopping.max_epochs}
        yield evidence, 2, {"learning_rate.relative": 2 * best.config.learning_rate.relative}


def _over_fitting(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Training far better than validation: dropout, then weight decay, then a smaller network."""
    best = case.best
    if best.train_loss < 0.5 * best.validation_loss:
        dropout, decay = best.config.dropout, best.config.regularization.weight_decay
        evidence = f"the loss of trial {best.number} is {best.train_loss:.3g} in training, {best.validation_loss:.3g} in validation"
        yield evidence, 3, {"dropout.embedding": round(dropout.embedding + 0.2, 1)}
        yield evidence, 3, {"dropout.head": round(dropout.head + 0.2, 1)}
        yield evidence, 6, {"regularization.weight_decay": max(1e-3, 10 * decay)}
        yield evidence, 9, {"encoder.width": best.config.encoder.width // 2}


def _under_fitting(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Training no better than validation: without dropout first, then a larger network."""
    best = case.best
    if best.train_loss > 0.9 * best.validation_loss:
        dropout = best.config.dropout
        evidence = f"the loss of trial {best.number} is {best.train_loss:.3g} in training, {best.validation_loss:.3g} in validation"
        if dropout.head > 0:
            yield evidence, 3, {"dropout.head": 0.0}
        if dropout.embedding > 0:
            yield evidence, 3, {"dropout.embedding": round(max(0.0, dropout.embedding - 0.2), 1)}
        yield evidence, 9, {"encoder.width": 2 * best.config.encoder.width}


def _dead(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Rectified units that never fire, or bounded ones that are stuck: another activation, then another initialization."""
    best = case.best
    dead, stuck = best.probes.get(DEAD, 0.0), best.probes.get(SATURATED, 0.0)
    name = best.config.activation.name
    if dead > 0.4:
        evidence = f"{dead:.0%} of the units of trial {best.number} are dead"
        yield evidence, 8, {"activation.name": "leaky_relu"}
        yield evidence, 4, {"initialization.name": "kaiming_uniform"}
    if stuck > 0.5:
        evidence = f"{stuck:.0%} of the values of {name} in trial {best.number} are at the ends of its range"
        yield evidence, 8, {"activation.name": "relu"}
        yield evidence, 4, {"initialization.name": "xavier_uniform"}


def _attention(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Attention that weighs all alike is an average, and one that takes a single token a maximum, for more parameters."""
    best = case.best
    spread = best.probes.get(SPREAD)
    if spread is not None and spread > 0.98:
        yield f"the attention of trial {best.number} weighs all tokens alike (spread {spread:.2f})", 10, {"pooling.name": "average"}
    if spread is not None and spread < 0.1:
        yield f"the attention of trial {best.number} takes one token alone (spread {spread:.2f})", 10, {"pooling.name": "max"}


def _noisy(case: Case) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """Losses that vary from step to step: larger batches, at once or by and by."""
    best = case.best
    noise, size = best.probes.get(NOISE, 0.0), best.config.batch_size
    if noise > 0.5 and isinstance(size.initial, int):
        evidence = f"the loss of a batch of {size.initial} varies by {noise:.0%} from step to step in trial {best.number}"
        yield evidence, 12, {"batch_size.initial": 2 * size.initial}
        yield evidence, 12, {"batch_size.growth": "epochs"}


RULES: dict[str, Rule] = {
    "at a bound": _at_bound,
    "diverged": _diverged,
    "early best": _early_best,
    "still improving": _still_improving,
    "over-fitting": _over_fitting,
    "under-fitting": _under_fitting,
    "dead units": _dead,
    "attention": _attention,
    "noisy steps": _noisy,
}


def _shown(value: Value | None) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
