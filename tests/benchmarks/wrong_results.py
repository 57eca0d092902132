"""What every judge of a workload has to notice."""

import torch


def check_a_wrong_number_is_noticed(workload, problem, step) -> None:
    """The step's own result is right, and wrong with any first number of an array changed."""
    result = [torch.as_tensor(array).clone() for array in step()]
    assert workload.is_right(problem, result)
    for array in result:
        kept = array.view(-1)[0].clone()
        for wrong in (kept + 0.1, float("nan")):
            array.view(-1)[0] = wrong
            assert not workload.is_right(problem, result)
        array.view(-1)[0] = kept
