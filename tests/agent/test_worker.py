import pytest
import torch

from autotune.agent.working.worker import gpu_is_lost


@pytest.mark.parametrize(
    ("problem", "lost"),
    [
        (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("CUDA error: device-side assert triggered"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), False),
        (RuntimeError("CUDA error: out of memory"), False),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("CUDA error"), False),
    ],
)
def test_which_errors_leave_a_gpu_that_only_a_fresh_process_can_use(problem: Exception, lost: bool) -> None:
    assert gpu_is_lost(problem) is lost
