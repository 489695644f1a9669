"""Configurations that are allowed and yet not what anybody wants: said before the training, which then goes on."""

from collections.abc import Callable

from autotune.config import Config

_RULES: tuple[tuple[Callable[[Config], bool], str], ...] = (
    (
        lambda c: c.early_stopping.patience >= c.early_stopping.max_epochs,
        "early_stopping.patience {0.early_stopping.patience} is not below early_stopping.max_epochs {0.early_stopping.max_epochs}: "
        "it cannot run out, every run trains to its last epoch",
    ),
    (
        lambda c: c.initialization.name == "zeros" and (c.encoder.name != "none" or c.activation.hidden_width > 0),
        "initialization.name zeros: hidden units that start alike get the same gradient, or none, and learn nothing of their own",
    ),
    (
        lambda c: c.learning_rate.warmup_epochs >= c.early_stopping.max_epochs and c.learning_rate.schedule != "one_cycle",
        "learning_rate.warmup_epochs {0.learning_rate.warmup_epochs:g} is not below early_stopping.max_epochs "
        "{0.early_stopping.max_epochs}: the learning rate is never reached",
    ),
    (
        lambda c: c.learning_rate.schedule == "step" and c.learning_rate.step_epochs >= c.early_stopping.max_epochs,
        "learning_rate.step_epochs {0.learning_rate.step_epochs} is not below early_stopping.max_epochs {0.early_stopping.max_epochs}: "
        "the learning rate is never reduced",
    ),
    (
        lambda c: _grows(c) and c.batch_size.growth == "epochs" and c.batch_size.growth_epochs >= c.early_stopping.max_epochs,
        "batch_size.growth_epochs {0.batch_size.growth_epochs} is not below early_stopping.max_epochs {0.early_stopping.max_epochs}: "
        "the batch never grows",
    ),
    (
        lambda c: _grows(c) and isinstance(c.batch_size.initial, int) and c.batch_size.ceiling <= c.batch_size.initial,
        "batch_size.ceiling {0.batch_size.ceiling} is not above batch_size.initial {0.batch_size.initial}: the batch never grows",
    ),
)


def cautions(config: Config) -> list[str]:
    """One plain sentence, without a full stop, for each thing in the configuration that will not do what it seems to."""
    return [sentence.format(config) for holds, sentence in _RULES if holds(config)]


def _grows(config: Config) -> bool:
    return config.batch_size.growth != "none" and config.batch_size.initial != "full"
