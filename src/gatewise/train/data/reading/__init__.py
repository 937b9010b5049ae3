"""From a file, a frame or arrays to a Dataset: numbers in even steps."""
