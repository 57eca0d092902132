"""What a distribution does not have, as an error that says so: some queries make sense for some factorizations only."""


class NotDefined(NotImplementedError):
    """The factorization, or the pair of teacher and student, has no such thing; the message says what to do instead."""
