"""Speed, accuracy and memory of the linear chain, measured against other libraries: `python -m benchmarks`."""
