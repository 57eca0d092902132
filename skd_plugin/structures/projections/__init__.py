"""From a teacher to a student: the tables of conditionings and projections, and the soft targets computed by them."""
