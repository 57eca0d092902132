"""The demo: an invented corpus, and a CRF teacher that makes a fast softmax student better on it."""
