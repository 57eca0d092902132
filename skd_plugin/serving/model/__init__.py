"""Running a trained model for a component, without spaCy."""
