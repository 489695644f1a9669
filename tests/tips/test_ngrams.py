"""The branch beside the encoder, against TF-IDF written out."""

import math

import pytest
import torch

from autotune.data.ngrams import Ngrams, hashed
from autotune.tips.ngrams import WideBranch

RUNS = [(2,), (3,), (2, 3)]
WEIGHTS = torch.tensor([0.0, 1.0, 2.0, 4.0])


def branch(dropout: float = 0.0) -> WideBranch:
    buckets = torch.stack([hashed(torch.tensor(run), len(run))[0] for run in RUNS]).int()
    wide = WideBranch(Ngrams(buckets, WEIGHTS), 2, 2, dropout)
    torch.manual_seed(0)
    torch.nn.init.normal_(wide.logits.weight[1:].detach())
    return wide


def test_logits_are_a_linear_model_on_weighted_runs_of_unit_length() -> None:
    wide = branch().eval()
    ids, lengths = torch.tensor([[2, 3, 9], [3, 2, 0], [9, 9, 9]]), torch.tensor([3, 2, 3])
    _, one, two, pair = wide.logits.weight
    long = 3 / math.sqrt(1 + 4 + 16)
    torch.testing.assert_close(wide(ids, lengths)[0], long * (one + 2 * two + 4 * pair))
    torch.testing.assert_close(wide(ids, lengths)[1], 3 / math.sqrt(5) * (2 * two + one))
    assert not wide(ids, lengths)[2].any()


def test_padding_is_no_token() -> None:
    wide = branch().eval()
    short = wide(torch.tensor([[2]]), torch.tensor([1]))
    torch.testing.assert_close(wide(torch.tensor([[2, 3, 3, 3]]), torch.tensor([1])), short)


def test_it_starts_silent_and_every_feature_learns() -> None:
    buckets = torch.stack([hashed(torch.tensor(run), len(run))[0] for run in RUNS]).int()
    wide = WideBranch(Ngrams(buckets, WEIGHTS), 2, 2, 0.0)
    logits = wide(torch.tensor([[2, 3]]), torch.tensor([2]))
    assert not logits.any()
    logits[0, 0].backward()
    assert wide.logits.weight.grad is not None
    assert wide.logits.weight.grad[1:, 0].all()
    assert not wide.logits.weight.grad[0].any()


def test_dropout_leaves_out_runs_in_training_only() -> None:
    wide = branch(dropout=0.5)
    ids, lengths = torch.tensor([[2, 3]] * 200), torch.tensor([2] * 200)
    assert len(wide(ids, lengths).unique(dim=0)) == 2 ** len(RUNS)
    assert len(wide.eval()(ids, lengths).unique(dim=0)) == 1


@pytest.mark.parametrize("longest", [1, 3, 5])
def test_texts_shorter_than_the_longest_run_are_read(longest: int) -> None:
    buckets = torch.stack([hashed(torch.tensor(run), len(run))[0] for run in RUNS]).int()
    wide = WideBranch(Ngrams(buckets, WEIGHTS), longest, 2, 0.0)
    assert wide(torch.tensor([[2]]), torch.tensor([1])).shape == (1, 2)
