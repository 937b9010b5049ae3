"""A trained model: predict, evaluate, step through a stream."""
