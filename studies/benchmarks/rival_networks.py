"""Rivals that train the same networks as autotune: random search, Optuna, Ray Tune, one epoch and then the best.

A run that the deadline cuts off counts with its best epoch, so that nobody's last minutes are lost.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rival_task import Found, Task, majority

from autotune.config import Config, Value
from autotune.data.dataset import Dataset
from autotune.errors import AutotuneError
from autotune.spaces.space import SearchSpace

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from autotune.training.outcome import Outcome

ONE_EPOCH_SHARE = 0.6
"""Of the time of one-epoch-then-the-best, in which new configurations are trained."""


class Networks:
    """Networks trained one after the other in this process; the best is kept.

    Args:
        task: says until when.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._best: Outcome | None = None
        self._trained = 0

    def train(self, config: Config, report: Callable[[int, float], bool]) -> "Outcome":
        """`fit` until the deadline.

        Raises:
            AutotuneError: it failed, or the deadline came before the first epoch ended.
        """
        from autotune.training.fit import fit

        outcome = fit(config, self._task.dataset, report, deadline=self._task.deadline)
        self._trained += 1
        if self._best is None or outcome.score > self._best.score:
            self._best = outcome
        return outcome

    def optimize(self, study: "Study", seconds: float) -> list[tuple[float, dict[str, Value]]]:
        """Optuna's loop for so long; every epoch is reported. Returns the scores and samples of the trials that have a score."""
        import optuna

        found: list[tuple[float, dict[str, Value]]] = []

        def objective(trial: "Trial") -> float:
            sample = self._task.space.suggest(trial)

            def report(epoch: int, value: float) -> bool:
                trial.report(value, epoch)
                return trial.should_prune()

            outcome = self.train(self._task.config(sample), report)
            found.append((outcome.score, sample))
            if outcome.stopped == "pruned":
                raise optuna.TrialPruned
            return outcome.score

        study.optimize(objective, timeout=seconds, catch=(AutotuneError,), gc_after_trial=True)
        return found

    def found(self, **details: Any) -> Found:
        """The best network; where no epoch ended in time, the majority class, which is what one has without any."""
        if self._best is None:
            return majority(self._task)
        best = self._best
        name = best.classifier.config.encoder.name
        details = {"trained": self._trained, "encoder": name, "parameters": best.parameters, **details}
        return Found(best.score, lambda texts: best.classifier.probabilities(texts).argmax(axis=1), details)


def random_search(task: Task) -> Found:
    """Random search without pruning."""
    from optuna.pruners import NopPruner
    from optuna.samplers import RandomSampler

    return _with_optuna(task, RandomSampler(seed=task.seed), NopPruner())


def optuna_median(task: Task) -> Found:
    """Optuna as in its Lightning example with --pruning: the default sampler, MedianPruner, one process, a timeout."""
    from optuna.pruners import MedianPruner
    from optuna.samplers import TPESampler

    return _with_optuna(task, TPESampler(seed=task.seed), MedianPruner())


def optuna_hyperband(task: Task) -> Found:
    """Optuna with Hyperband as its documentation has it: resources from one epoch to all, reduction factor 3."""
    from optuna.pruners import HyperbandPruner
    from optuna.samplers import TPESampler

    pruner = HyperbandPruner(min_resource=1, max_resource=_most_epochs(task.space), reduction_factor=3)
    return _with_optuna(task, TPESampler(seed=task.seed), pruner)


def _with_optuna(task: Task, sampler: "BaseSampler", pruner: "BasePruner") -> Found:
    import optuna

    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    networks = Networks(task)
    networks.optimize(study, task.left)
    return networks.found(trials=len(study.trials))


def one_epoch(task: Task) -> Found:
    """One epoch of many random configurations, then the best of them to the end, the best first (Egele et al. 2023, "Is One Epoch All
    You Need For Multi-Fidelity Hyperparameter Optimization?"). These begin anew, which costs an epoch each.
    """
    import optuna

    class AfterOneEpoch(optuna.pruners.BasePruner):
        def prune(self, study: "Study", trial: optuna.trial.FrozenTrial) -> bool:
            return True

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=task.seed), pruner=AfterOneEpoch())
    networks = Networks(task)
    begun = networks.optimize(study, max(0.0, task.until(ONE_EPOCH_SHARE) - time.monotonic()))
    to_the_end = 0
    for _, sample in sorted(begun, key=lambda pair: -pair[0]):
        if not task.left:
            break
        try:
            networks.train(task.config(sample), lambda epoch, value: False)
            to_the_end += 1
        except AutotuneError:
            continue
    return networks.found(one_epoch=len(begun), to_the_end=to_the_end)


def ray_asha(task: Task) -> Found:
    """Ray Tune: ASHAScheduler with OptunaSearch, one core a trial, as many trials at a time as there are cores.

    Trials only report. The configuration with the best epoch of all is trained once more up to that epoch, to the same weights; that is
    outside the time, as a checkpoint would have cost next to nothing.
    """
    import ray
    import torch
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.optuna import OptunaSearch

    from autotune.training.fit import fit

    ray.init(num_cpus=task.cores, include_dashboard=False, log_to_driver=False)
    most = _most_epochs(task.space)
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(_ray_trial, task=replace(task), dataset=task.dataset), {"cpu": 1}),
        tune_config=tune.TuneConfig(
            search_alg=OptunaSearch(space=task.space.suggest, metric="score", mode="max", seed=task.seed),
            scheduler=ASHAScheduler(time_attr="training_iteration", metric="score", mode="max", max_t=most),
            num_samples=-1,
            time_budget_s=max(task.left, 1.0),  # 0 would mean no limit
            max_concurrent_trials=task.cores,
            reuse_actors=True,  # else every trial would import torch anew
        ),
        run_config=tune.RunConfig(storage_path=str(task.scratch), verbose=0),
    )
    results = tuner.fit()
    frames = [(result, result.metrics_dataframe) for result in results]
    curves = [(frame["score"], result) for result, frame in frames if frame is not None and "score" in frame]
    scored = [(float(curve.max()), int(curve.argmax()) + 1, result) for curve, result in curves]
    searched = time.monotonic()
    ray.shutdown()
    if not scored:
        return majority(task)
    score, epoch, result = max(scored, key=lambda one: one[0])
    torch.set_num_threads(1)  # as in a trial
    outcome = fit(task.config(result.config), task.dataset, lambda number, value: number == epoch)
    details = {"trials": len(results), "scored": len(scored), "again": outcome.score, "ended": searched}
    return Found(score, lambda texts: outcome.classifier.probabilities(texts).argmax(axis=1), details)


def _ray_trial(sample: dict[str, Value], task: Task, dataset: Dataset) -> None:
    from ray import tune

    from autotune.training.fit import fit

    def report(epoch: int, value: float) -> bool:
        tune.report({"score": value})
        return False

    fit(task.config(sample), dataset, report)


def _most_epochs(space: SearchSpace) -> int:
    """The longest training in the space."""
    path = "early_stopping.max_epochs"
    tuned = next((parameter for parameter in space.parameters if parameter.path == path), None)
    return max(map(int, tuned.values() or ())) if tuned is not None else space.config(space.defaults()).early_stopping.max_epochs
