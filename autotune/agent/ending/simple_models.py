"""The baselines of one session: fitted beside the first trials, and kept for the comparison at the end."""

import threading
from collections.abc import Callable

from autotune.baselines import Baseline, fitted_on_all, linear_model, majority_class
from autotune.config import Metric
from autotune.data.dataset import Dataset
from autotune.linear import LinearModel


class SimpleModels:
    """The majority class and the linear model. Each is fitted once; one that cannot be fitted is left out, with the reason."""

    def __init__(self, dataset: Dataset, metric: Metric) -> None:
        self.fitted: list[Baseline] = []
        self.problems: list[str] = []
        """A sentence on each that could not be fitted."""
        self._makers: dict[str, Callable[[], Baseline]] = {
            "the majority class": lambda: majority_class(dataset),
            "TF-IDF with logistic regression": lambda: linear_model(dataset, metric),
        }
        self._dataset = dataset
        self._thread = threading.Thread(target=self._fit, daemon=True)
        self._again = threading.Thread(target=self._refit, daemon=True)
        self._refitted: LinearModel | None = None

    @property
    def begun(self) -> bool:
        """Whether they are being fitted or were."""
        return self._thread.ident is not None

    @property
    def ready(self) -> bool:
        """Whether all are fitted that can be."""
        return self.begun and not self._thread.is_alive()

    def begin(self) -> None:
        """Fits them in a thread: the coordinator of a search mostly waits."""
        self._thread.start()

    def wait(self) -> None:
        """Returns when they are ready; begins where nobody has begun."""
        if not self.begun:
            self.begin()
        self._thread.join()

    @property
    def linear(self) -> Baseline | None:
        """The linear model, once it is ready and if there is one."""
        return next((baseline for baseline in self.fitted if isinstance(baseline.model, LinearModel)), None)

    def begin_again(self) -> None:
        """Fits the linear model on the validation texts too, in a thread, once it is ready."""
        if self._again.ident is None:
            self._again.start()

    def refitted(self) -> LinearModel | None:
        """The linear model that has seen the validation texts too; None where there is none."""
        self.begin_again()
        self._again.join()
        return self._refitted

    def _refit(self) -> None:
        self.wait()
        if self.linear is not None:
            self._refitted = fitted_on_all(self.linear, self._dataset)

    def _fit(self) -> None:
        for name, make in self._makers.items():
            try:
                self.fitted.append(make())
            except Exception as problem:  # whatever it is, the search can do without
                self.problems.append(f"no baseline: {name} cannot be fitted on these texts ({str(problem).splitlines()[0]})")
