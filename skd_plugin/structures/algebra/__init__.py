"""What every factorization is made of: parts, labels, potentials, structures, and their checks."""
