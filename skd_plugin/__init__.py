"""Structural knowledge distillation for AllenNLP: the objective −Σ_y P_t(y|x) log P_s(y|x), for every pair of models.

The paper's cases (Wang et al., ACL 2021), whose functions are in `skd_plugin.structures.projections.cases`:

    case  teacher         student         P_t(u|x) for the student's part u
    1a    linear chain    linear chain    the teacher's own label bigrams
    1b    head selection  arc labels      P_t(h|i) · P_t(r|h, i)
    2a    linear chain    MaxEnt          token labels: the sum over the previous label
    2b    second order    arc labels      Q_t(h|i) · P_t(r|h, i), by mean field
    3     MaxEnt          linear chain    label bigrams: the product of the two neighbors
    4     spans           MaxEnt          token labels: sums over the spans that cover a word

Beyond the paper, every model of entities teaches every other (`projections.entities`), and so does every parser
(`projections.parsers`).

This file imports nothing: every interpreter of the environment loads it at start-up, through
`skd_plugin.compat.import_hook`.
"""

__version__ = "0.2.0.dev0"
