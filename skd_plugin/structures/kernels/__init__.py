"""
Dynamic programs on arrays, compiled for the CPU and in batched torch for other devices. They know no factorization
and no label.
"""
