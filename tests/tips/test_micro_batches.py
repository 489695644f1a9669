"""The same step in parts: only memory may tell the difference."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autotune.config import Config
from autotune.data.batches import Batch
from autotune.model import TextClassifier
from autotune.tips.micro_batches import MicroBatches, is_out_of_memory
from tests.test_model import CLASSES, SMALL, WORDS, Texts, fit

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*"),
    pytest.mark.filterwarnings("ignore::lightning.fabric.utilities.warnings.PossibleUserWarning"),
]


def batch_of(lengths: list[int]) -> Batch:
    rows = len(lengths)
    ids = torch.arange(1, 1 + rows * max(lengths)).view(rows, -1)
    ids[torch.arange(max(lengths)) >= torch.tensor(lengths).unsqueeze(1)] = 0
    return Batch(ids, torch.tensor(lengths), torch.arange(rows) % 3, torch.randperm(rows))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20).map(sorted), st.integers(1, 25))
def test_parts_hold_every_text_whole_and_no_padding_of_longer_ones(lengths: list[int], rows: int) -> None:
    batch = batch_of(lengths)
    parts = batch.parts(rows)
    assert [len(part.labels) for part in parts] == [len(part) for part in torch.arange(len(lengths)).split(rows)]
    assert torch.cat([part.rows for part in parts]).equal(batch.rows)
    assert torch.cat([part.labels for part in parts]).equal(batch.labels)
    for part in parts:
        assert part.ids.shape[1] == part.lengths.max()
        whole = batch.ids[torch.isin(batch.rows, part.rows)]
        assert part.ids.equal(whole[:, : part.ids.shape[1]])
        assert not whole[:, part.ids.shape[1] :].any()


def worker(fits: int, problem: Exception, log: list[int]) -> Any:
    """Work that needs memory for each text, with memory for so many."""

    def work(part: Batch) -> int:
        log.append(len(part.labels))
        if len(part.labels) > fits:
            raise problem
        return len(part.labels)

    return work


def test_a_batch_that_fits_stays_whole() -> None:
    micro, log = MicroBatches(), list[int]()
    assert micro.each(batch_of([1] * 8), worker(8, MemoryError(), log)) == [8]
    assert (micro.most, log) == (1, [8])


def test_parts_are_halved_until_they_fit_and_stay_so_for_larger_batches() -> None:
    micro, log, starts = MicroBatches(), list[int](), list[int]()
    work = worker(3, torch.OutOfMemoryError("CUDA out of memory"), log)
    assert micro.each(batch_of([1] * 20), work, lambda: starts.append(len(log))) == [3, 3, 3, 3, 3, 3, 2]
    assert log == [20, 10, 5, 3, 3, 3, 3, 3, 3, 2]
    # What a failed attempt left is cleared, before the memory is given back and before the next attempt.
    assert set(starts) == {0, 1, 2, 3}
    assert micro.most == 7
    assert micro.each(batch_of([1] * 40), work) == [3] * 13 + [1]
    assert micro.most == 14
    assert micro.each(batch_of([1] * 2), work) == [2]
    assert micro.most == 14


@pytest.mark.parametrize("texts", [1, 2, 7])
def test_a_single_text_that_does_not_fit_is_the_end(texts: int) -> None:
    log: list[int] = []
    with pytest.raises(MemoryError):
        MicroBatches().each(batch_of([1] * texts), worker(0, MemoryError(), log))
    assert log[-1] == 1


def test_other_problems_are_not_tried_again() -> None:
    log: list[int] = []
    with pytest.raises(RuntimeError, match="shapes"):
        MicroBatches().each(batch_of([1] * 8), worker(3, RuntimeError("shapes do not match"), log))
    assert log == [8]


def test_what_torch_raises_without_memory_is_known() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.int8)
    assert is_out_of_memory(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2) @ torch.ones(3)
    assert not is_out_of_memory(caught.value)


class ShortOfMemory(TextClassifier):
    """Has memory for so many tokens: short texts of a batch fit in larger parts than long ones."""

    tokens = 10**9

    def forward(self, ids: Tensor, *others: Tensor) -> Tensor:
        if ids.numel() > self.tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(ids, *others)


class ByLength(Texts):
    """The texts as `Batches` gives them: the short ones first."""

    def __iter__(self) -> Any:
        for batch in super().__iter__():
            order = batch.lengths.argsort(stable=True)
            yield Batch(*(tensor[order] for tensor in batch))


def trained(values: dict[str, Any], tokens: int) -> ShortOfMemory:
    torch.manual_seed(0)
    model = ShortOfMemory(Config.from_values(SMALL | values), WORDS, CLASSES)
    model.tokens = tokens
    return fit(model, ByLength(50, 16), ByLength(21, 21), epochs=2)  # type: ignore[return-value]


@pytest.mark.parametrize("encoder", ["none", "cnn", "gru"])
def test_a_run_in_parts_is_the_run_in_whole_batches(encoder: str) -> None:
    values = {"encoder.name": encoder, "optimizer.name": "sgd", "optimizer.momentum": 0.9, "learning_rate.initial": 0.1}
    values |= {"regularization.l2": 0.01, "regularization.weight_decay": 0.1}
    whole, parts = trained(values, 10**9), trained(values, 20)
    assert (whole.micro_batches.most, parts.micro_batches.most) == (1, 8)
    assert parts.train_loss == pytest.approx(whole.train_loss, abs=1e-6)
    assert parts.validation_loss == pytest.approx(whole.validation_loss, abs=1e-6)
    assert parts.validation_labels.equal(whole.validation_labels)
    torch.testing.assert_close(parts.validation_probabilities, whole.validation_probabilities, rtol=0, atol=1e-6)
    for name, weight in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], weight, rtol=0, atol=1e-6)
    assert math.isfinite(parts.train_loss)


def test_the_gradients_of_the_parts_add_up_to_that_of_the_batch() -> None:
    """One step of size 1 of plain gradient descent: what the weights lose is the gradient."""
    values = {"optimizer.name": "sgd", "optimizer.momentum": 0.0, "learning_rate.initial": 1.0, "encoder.name": "cnn"}
    texts = ByLength(23, 23)
    gradients = []
    for tokens in (10**9, 60, 30, 8):
        torch.manual_seed(0)
        model = ShortOfMemory(Config.from_values(SMALL | values), WORDS, CLASSES)
        before = [weight.detach().clone() for weight in model.parameters()]
        batch = next(iter(texts))
        torch.nn.functional.cross_entropy(model(*batch.inputs), batch.labels).backward()
        expected = [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]
        model.tokens = tokens
        fit(model, texts)
        gradients.append(torch.cat([(old - new).flatten() for old, new in zip(before, model.parameters(), strict=True)]))
        torch.testing.assert_close(gradients[-1], torch.cat([grad.flatten() for grad in expected]), rtol=0, atol=1e-6)
    assert gradients[0].abs().max() > 0.01
