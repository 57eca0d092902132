"""
Inference and decoding on arrays, compiled for the CPU and in batched torch for other devices. Kernels do not depend on
factorizations or on the names of labels.
"""
