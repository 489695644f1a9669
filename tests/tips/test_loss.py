"""The loss, against its formula written out."""

import pytest
import torch

from autotune.sections import Loss
from autotune.tips.loss import ClassificationLoss

LABELS = torch.tensor([0, 2, 2, 1])
LOGITS = torch.tensor([[2.0, 0.0, 1.0], [0.5, 0.5, 0.0], [0.0, 1.0, 3.0], [1.0, -1.0, 0.0]])
ROWS = torch.tensor([60, 30, 10])


def test_plain_is_the_mean_negative_log_likelihood() -> None:
    expected = -LOGITS.log_softmax(dim=1)[range(4), LABELS].mean()
    torch.testing.assert_close(ClassificationLoss(Loss())(LOGITS, LABELS), expected)


def test_smoothing_gives_a_share_of_the_target_to_all_classes() -> None:
    targets = torch.full((4, 3), 0.3 / 3)
    targets[range(4), LABELS] += 0.7
    expected = -(targets * LOGITS.log_softmax(dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(ClassificationLoss(Loss(label_smoothing=0.3))(LOGITS, LABELS), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_balanced_classes_count_in_inverse_proportion_to_their_rows(smoothing: float) -> None:
    loss = ClassificationLoss(Loss(class_weights="balanced", label_smoothing=smoothing), ROWS)
    single = ClassificationLoss(Loss(label_smoothing=smoothing))
    weights = 100 / (3 * ROWS)
    # Over the training texts themselves the weights average to one.
    assert (weights * ROWS).sum().item() == pytest.approx(100)
    expected = sum(weights[label] * single(LOGITS[row : row + 1], LABELS[row : row + 1]) for row, label in enumerate(LABELS)) / 4
    torch.testing.assert_close(loss(LOGITS, LABELS), expected)


def test_parts_of_a_batch_add_up_to_the_whole() -> None:
    loss = ClassificationLoss(Loss(class_weights="balanced"), ROWS)
    parts = 0.25 * loss(LOGITS[:1], LABELS[:1]) + 0.75 * loss(LOGITS[1:], LABELS[1:])
    torch.testing.assert_close(parts, loss(LOGITS, LABELS))


def test_a_class_without_a_training_text_does_no_harm() -> None:
    loss = ClassificationLoss(Loss(class_weights="balanced"), torch.tensor([5, 5, 0]))
    assert torch.isfinite(loss(LOGITS, LABELS))


def test_weights_are_not_saved() -> None:
    assert not ClassificationLoss(Loss(class_weights="balanced"), ROWS).state_dict()
