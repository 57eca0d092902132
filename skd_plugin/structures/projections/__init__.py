"""From a teacher to a student: the tables of conditionings and projections, and the targets that they make."""
