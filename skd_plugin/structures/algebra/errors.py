"""The errors of the mathematics that callers may want to tell apart."""


class LabelMismatch(ValueError):
    """The teacher knows labels that the student cannot produce, or the two label sets have nothing in common."""


class NoProjection(NotImplementedError):
    """The table has no projection of this teacher onto this student's parts."""


class NotDefined(NotImplementedError):
    """
    A factorization, or a pair of teacher and student, does not have what was asked for: some queries make sense for
    some factorizations only. The message says what to do instead.
    """
