"""Speed, accuracy and memory of inference, measured against other libraries: `python -m benchmarks`."""
