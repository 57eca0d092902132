"""
Counts NaN, infinity and wrong digits in float32, for random distributions of every class and at scales up to 100.

Every batch is asked everything twice, in float32 and in float64: log Z, marginals, entropy, the best structures, the KL
divergence from and to another distribution and onto the other classes, and all gradients. A million chains take some
minutes on one core. It fails if any answer in float32 is NaN or infinite.

Mean field (SecondOrder) is wrong in some digits at large scales: there it changes as much if the potentials alone are
rounded to float32.
"""

import argparse
import sys
import time
from itertools import cycle
from typing import Sequence

import torch

from experiments.numerical_stability.queries import answers, compare
from experiments.numerical_stability.samples import (
    BATCH,
    CHAINS,
    LABELINGS_AND_SPANS,
    PARSERS,
    Kind,
    random_mask,
    random_sample,
)

SCALES = (1.0, 10.0, 30.0, 100.0)


def measure(kinds: Sequence[Kind], students: Sequence[Kind], scale: float, sentences: int, seed: int) -> bool:
    """
    Prints one row of the table, on distributions of these kinds in turn. Returns whether all answers are finite.
    """
    generator = torch.Generator().manual_seed(seed)
    start, count, broken, wrong, errors = time.process_time(), 0, 0, 0, {}
    for kind in cycle(kinds):
        if count >= sentences:
            break
        mask = random_mask(generator)
        own, other, *others = (random_sample(k, mask, scale, generator) for k in (kind, kind, *students))
        largest = max(float(p.abs().max()) for sample in (own, other, *others) for p in sample.potentials.values())
        single, exact = (answers(own, other, others, dtype) for dtype in (torch.float32, torch.float64))
        found = compare(single, exact, largest)
        count, broken, wrong = count + BATCH, broken + found.broken, wrong + found.wrong
        errors = {name: max(error, errors.get(name, 0.0)) for name, error in found.errors.items()}
    worst = max(errors, key=errors.__getitem__)
    name = f"{kinds[0].name}{' and what it teaches' if students else ''}"
    seconds = time.process_time() - start
    row = [name, f"{scale:g}", f"{count:,}", f"{broken:,}", f"{wrong:,}", f"{errors[worst]:.2g}: {worst}"]
    print(f"| {' | '.join(row)} | {seconds:.0f} |", flush=True)
    return broken == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chains", type=int, default=1_000_000, help="linear chains, over all scales")
    parser.add_argument("--others", type=int, default=2_000, help="sentences of each class at each scale")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    print("| class | scale | sentences | NaN or ∞ | wrong | largest error, in tolerances | CPU seconds |")
    print("|---|--:|--:|--:|--:|---|--:|")
    finite = [
        measure([kind], [student for student in group if student is not kind], scale, arguments.others, arguments.seed)
        for group in (LABELINGS_AND_SPANS, PARSERS)
        for kind in group
        for scale in SCALES
    ]
    chains = arguments.chains // len(SCALES)
    finite += [measure(CHAINS, (), scale, chains, arguments.seed + 1) for scale in SCALES]
    sys.exit(0 if all(finite) else 1)


if __name__ == "__main__":
    main()
