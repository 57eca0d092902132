"""Projections between label sequences and spans that are not in the paper: P_t(u|x) of BIOUL tags and of spans u."""

from __future__ import annotations

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Bigrams, Spans, Tokens
from skd_plugin.structures.projections import tag_marginals
from skd_plugin.structures.projections.table import projection
from skd_plugin.structures.projections.tag_marginals import tags_of_types, types_of_tags
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain
from skd_plugin.structures.sequences.linear_chain import LinearChain
from skd_plugin.structures.sequences.max_ent import MaxEnt
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from skd_plugin.structures.spans.span_factored import SpanFactored


@projection(FlatSpans, onto=Bigrams, label_axis=tags_of_types)
@projection(IndependentSpans, onto=Bigrams, label_axis=tags_of_types)
def spans_to_bigrams(teacher: FlatSpans, student: Factorization) -> Bigrams:
    """Spans ⇒ linear chain: Σ_i P_t(y_{i−1}, y_i | x) of BIOUL tags, inside of spans and across boundaries, O(n² T)."""
    return tag_marginals.bigrams(teacher)


@projection(FlatSpans, onto=Spans)
@projection(IndependentSpans, onto=Spans)
def spans_to_spans(teacher: SpanFactored, student: SpanFactored) -> Spans:
    """Spans ⇒ spans: the teacher's own P_t(i, j, t | x); it has been conditioned on the spans of the student."""
    return teacher.marginals.with_widths(student.max_width)


@projection(MaxEnt, onto=Spans, label_axis=types_of_tags)
@projection(LinearChain, onto=Spans, label_axis=types_of_tags)
@projection(ConstrainedChain, onto=Spans, label_axis=types_of_tags)
def tags_to_spans(teacher: ConstrainedChain, student: SpanFactored) -> Spans:
    """Label sequences ⇒ spans: P_t(B I … I L | x) of each span, given that the tags are well-formed, O(n² T + n L²)."""
    return teacher.spans.with_widths(student.max_width)


@projection(ConstrainedChain, onto=Bigrams)
def constrained_to_bigrams(teacher: ConstrainedChain, student: Factorization) -> Bigrams:
    """Chain of well-formed tags ⇒ linear chain: its own P_t(y_{i−1}, y_i | x)."""
    return teacher.marginals


@projection(ConstrainedChain, onto=Tokens)
def constrained_to_tokens(teacher: ConstrainedChain, student: Factorization) -> Tokens:
    """Chain of well-formed tags ⇒ MaxEnt: P_t(y_i | x)."""
    return Tokens(teacher.token_marginals)
