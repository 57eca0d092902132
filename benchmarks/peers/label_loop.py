"""Conversion to arc labels in the way of the code of Wang et al. 2021: a loop over words and labels, restated."""

import torch

from benchmarks.conversion import ROOT, ConversionProblem
from benchmarks.workload import Step


class LabelLoop:
    """Each turn reads a label's string and multiplies two numbers of every sentence; what no label has is lost."""

    name = "loop over labels"
    version = "(restated)"
    is_torch = True

    def conversion(self, problem: ConversionProblem) -> Step:
        arcs, relations = problem.trees.teacher.masked_fill(~problem.trees.legal, -1e9), problem.relations
        relation_ids = {name: index for index, name in enumerate(problem.names)}
        label_ids = {label: index for index, label in enumerate(problem.labels)}

        def step():
            of_arc, of_relation = arcs.softmax(-1), relations.softmax(-1)
            words = range(1, arcs.shape[1] + 1)
            found = [_word(word, of_arc, of_relation, relation_ids, label_ids) for word in words]
            return (torch.stack(found, 1),)

        return step


def _word(word, of_arc, of_relation, relation_ids, label_ids):
    """P(label | word), (batch, label)."""
    products, columns = [], []
    for label in label_ids:
        place, relation = label.split("@")
        head = 0 if place == ROOT else word + int(place)
        if (place == ROOT or head > 0) and head < of_arc.shape[2]:
            relation_id = relation_ids[relation]
            products.append(of_arc[:, word - 1, head] * of_relation[:, word - 1, head, relation_id])
            columns.append(label_ids[label])
    found = torch.zeros(len(of_arc), len(label_ids))
    found.scatter_(1, torch.tensor([columns] * len(of_arc)), torch.stack(products, 1))
    return torch.softmax(torch.log(found + 1e-13), 1)
