import torch

from autotune.tips.shuffling import EpochOrder


def test_every_epoch_has_a_new_order_of_all_rows() -> None:
    order = EpochOrder(True, 50, seed=3)
    epochs = [order() for _ in range(4)]
    assert all(epoch.sort().values.equal(torch.arange(50)) for epoch in epochs)
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 4


def test_orders_depend_on_the_seed_alone() -> None:
    first, second, other = EpochOrder(True, 50, seed=3), EpochOrder(True, 50, seed=3), EpochOrder(True, 50, seed=4)
    for epoch in range(3):
        torch.manual_seed(epoch)
        expected = first()
        torch.rand(7)
        assert second().equal(expected)
        assert not other().equal(expected)


def test_off_keeps_the_order_of_the_file() -> None:
    order = EpochOrder(False, 5, seed=3)
    assert [order().tolist() for _ in range(2)] == [[0, 1, 2, 3, 4]] * 2
