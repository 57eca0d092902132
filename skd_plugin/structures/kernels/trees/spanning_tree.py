"""
The best tree with one root, argmax_y Σ_i s(h_i → i), compiled. If the best heads of all words form a tree, it is that
one; otherwise cycles are contracted until all words are one node, which ROOT enters last.
"""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled


def best_trees(arcs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """
    The best dependency tree of each sentence, exactly one word of which depends on ROOT.

    # Parameters

    arcs : scores [dependent, head], float32 or float64, shape (batch, n, n + 1)
    lengths : shape (batch,)

    # Returns

    The head of each word, int64, shape (batch, n), 0 on padding.
    """
    arcs, lengths = np.ascontiguousarray(arcs), np.asarray(lengths, np.int64)
    heads: np.ndarray
    heads, is_tree = _best_heads(arcs, lengths)
    if not is_tree.all():
        _complete(arcs, lengths, heads, is_tree)
    return heads


@compiled
def _best_heads(arcs, lengths):  # type: ignore[no-untyped-def]
    """The best head of each word, and whether these are a tree, which is then the best (Stanojević and Cohen 2021)."""
    heads = np.zeros((arcs.shape[0], arcs.shape[1]), np.int64)
    found = np.ones(len(lengths), np.bool_)
    for b in range(len(lengths)):
        for word in range(1, lengths[b] + 1):
            heads[b, word - 1] = _best_head(arcs[b, word - 1], word, lengths[b])
        found[b] = lengths[b] == 0 or _is_tree(heads[b], lengths[b])
    return heads, found


@compiled
def _best_head(scores, word, n):  # type: ignore[no-untyped-def]
    found, best = 0, scores[0]
    head = 1
    while head <= n:
        if scores[head] > best and head != word:
            found, best = head, scores[head]
        head += 1
        while head <= n and not scores[head] > best:  # skips most heads by a branch that the processor predicts
            head += 1
    return found


@compiled
def _is_tree(heads, n):  # type: ignore[no-untyped-def]
    """Whether exactly one word has the head 0, and no path of heads is a cycle."""
    seen, roots = np.zeros(n + 1, np.int64), 0
    for word in range(1, n + 1):
        roots += heads[word - 1] == 0
        at = word
        while at > 0 and seen[at] == 0:
            seen[at] = word
            at = heads[at - 1]
        if at > 0 and seen[at] == word:
            return False
    return roots == 1


@compiled
def _complete(arcs, lengths, heads, found):  # type: ignore[no-untyped-def]
    """
    Writes the best tree of each sentence for which `found` is False.

    # Parameters

    arcs : scores [dependent, head], shape (batch, n, n + 1); a word's own column is ignored
    lengths : shape (batch,), at least 1 where `found` is False
    heads : shape (batch, n), written to
    found : bool, shape (batch,)
    """
    for b in range(len(lengths)):
        if not found[b]:
            best = _best_tree(_scores(arcs[b], lengths[b]), lengths[b])
            for word in range(1, lengths[b] + 1):
                heads[b, word - 1] = best[word]


@compiled
def _scores(arcs, n):  # type: ignore[no-untyped-def]
    """
    The scores of arcs that enter nodes 1..2n − 1, float64, filled in for the words. ROOT's scores are shifted by their
    maximum, which changes no decision, because exactly one of them is used.
    """
    entering = np.empty((2 * n, n + 1))
    peak = float(arcs[0, 0])
    for i in range(1, n):
        peak = max(peak, arcs[i, 0])
    for i in range(n):
        for head in range(n + 1):
            entering[i + 1, head] = arcs[i, head]
        entering[i + 1, 0] -= peak
    return entering


@compiled
def _best_tree(entering, n):  # type: ignore[no-untyped-def]
    """
    The head of each word, at entries 1..n of the result.

    This is the algorithm of Edmonds 1967 in O(n²), along one growing path (Gabow et al. 1986) and on a dense matrix
    (Tarjan 1977). There is one root by re-weighting (Stanojević and Cohen 2021): if an arc from ROOT costs more than
    all other arcs can gain, the best tree has as few of them as possible, which is one. In the limit of an infinite
    cost, ROOT enters last, when all words are one node. So no constant has to be added, which would round the scores.
    The scores of arcs that enter a contracted node are reduced by the best arcs of its parts.
    """
    heads, place = np.zeros(2 * n, np.int64), np.full(n + 1, -1)
    path, parts, first = np.empty(n, np.int64), np.empty(2 * n, np.int64), np.zeros(2 * n + 1, np.int64)
    node, nodes_left, end = n, n, 0
    path[0], place[1] = 1, 0
    while nodes_left > 1:
        head = heads[path[end]] = _best_entering_word(entering[path[end]], place, end)
        if place[head] < 0:
            end += 1
            path[end], place[head] = head, end
        else:
            start, node = place[head], node + 1
            first[node + 1] = first[node] + end + 1 - start
            for i in range(start, end + 1):
                parts[first[node] + i - start] = path[i]
            _contract(entering, heads, parts[first[node] : first[node + 1]], node)
            for word in range(1, n + 1):
                place[word] = min(place[word], start)
            nodes_left -= end - start
            path[start], end = node, start
    for whole in range(node, n, -1):
        _expand(entering, heads, parts[first[whole] : first[whole + 1]], heads[whole])
    return heads


@compiled
def _best_entering_word(scores, place, own):  # type: ignore[no-untyped-def]
    """The best head outside of a node; `place` is the position on the path of the node of each word."""
    found = 1
    while place[found] == own:
        found += 1
    for head in range(found + 1, len(place)):
        if scores[head] > scores[found] and place[head] != own:
            found = head
    return found


@compiled
def _contract(entering, heads, cycle, whole):  # type: ignore[no-untyped-def]
    """s(h → whole) = max_v s(h → v) − s(h_v → v), because the arc that enters a cycle replaces one of its arcs."""
    for i in range(len(cycle)):
        part = cycle[i]
        replaced = entering[part, heads[part]]
        for head in range(entering.shape[1]):
            score = entering[part, head] - replaced
            if i == 0 or score > entering[whole, head]:
                entering[whole, head] = score


@compiled
def _expand(entering, heads, cycle, head):  # type: ignore[no-untyped-def]
    """Gives the head of the cycle to the part that `_contract` found best; the other parts keep their heads."""
    found, best = cycle[0], -np.inf
    for part in cycle:
        score = entering[part, head] - entering[part, heads[part]]
        if score > best:
            found, best = part, score
    heads[found] = head
