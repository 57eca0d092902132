"""The cases of the paper, in its order: P_t(u|x) of the student's parts u for each pair (Wang et al. 2021)."""

from __future__ import annotations

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import ArcTokens, Bigrams, Tokens
from skd_plugin.structures.projections import tag_marginals
from skd_plugin.structures.projections.table import projection
from skd_plugin.structures.projections.tag_marginals import tags_of_types
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.linear_chain import LinearChain
from skd_plugin.structures.sequences.max_ent import MaxEnt
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.second_order import SecondOrder


@projection(LinearChain, onto=Bigrams)
def case_1a(teacher: LinearChain, student: Factorization) -> Bigrams:
    """Case 1a, linear chain ⇒ linear chain: P_t(y_{i−1}, y_i | x), the teacher's own marginals, O(n L²)."""
    return teacher.marginals


@projection(HeadSelection, onto=ArcTokens)
def case_1b(teacher: ArcLabels, student: ArcLabels) -> ArcTokens:
    """
    Case 1b, biaffine parser ⇒ parsing as sequence labelling: P_t(y_i = (h, r)) = P_t(h | i) · P_t(r | h, i), O(n·|V|).

    Conditioning has already made an `ArcLabels` over the student's labels of the teacher, by `ArcLabels.from_heads`.
    """
    return teacher.marginals


@projection(LinearChain, onto=Tokens)
def case_2a(teacher: LinearChain, student: Factorization) -> Tokens:
    """Case 2a, linear chain ⇒ MaxEnt: P_t(y_i | x) = Σ_{y'} P_t(y_{i−1} = y', y_i | x) by forward–backward, O(n L²)."""
    return Tokens(teacher.token_marginals)


@projection(SecondOrder, onto=ArcTokens)
def case_2b(teacher: ArcLabels, student: ArcLabels) -> ArcTokens:
    """Case 2b, second order ⇒ parsing as sequence labelling: like case 1b, with the mean-field marginals Q(h | i)."""
    return teacher.marginals


@projection(MaxEnt, onto=Bigrams)
def case_3(teacher: Labeling, student: Factorization) -> Bigrams:
    """
    Case 3, MaxEnt ⇒ linear chain: P_t(y_{i−1}, y_i | x) = P_t(y_{i−1} | x) · P_t(y_i | x), O(n L²).

    For a student that is a chain of well-formed tags, the teacher is conditioned on well-formed tags, which are not
    independent. Then its own bigram marginals take the place of the product.
    """
    return teacher.bigrams


@projection(FlatSpans, onto=Tokens, label_axis=tags_of_types)
@projection(IndependentSpans, onto=Tokens, label_axis=tags_of_types)
def case_4(teacher: FlatSpans, student: Factorization) -> Tokens:
    """
    Case 4, NER as parsing ⇒ MaxEnt: P_t(y_i | x) of BIOUL tags, sums of the P_t(i, j, t) of the spans, O(n² T).

    Independent spans (Yu et al. 2020) are conditioned on spans that do not overlap: see `FlatSpans`.
    """
    return tag_marginals.tokens(teacher)


@projection(MaxEnt, onto=Tokens)
def token_level(teacher: MaxEnt, student: Factorization) -> Tokens:
    """Token-level distillation, MaxEnt ⇒ MaxEnt: P_t(y_i | x)."""
    return teacher.marginals
