"""The errors of the mathematics that callers may want to distinguish."""


class LabelMismatch(ValueError):
    """The teacher knows labels that the student cannot produce, or the two label sets have nothing in common."""


class NoProjection(NotImplementedError):
    """The projection table has no row for this teacher and this student's parts."""


class NotDefined(NotImplementedError):
    """
    A query is not defined for a factorization, or for a pair of teacher and student, because it makes sense for some of
    them only. The message says what to do instead.
    """
