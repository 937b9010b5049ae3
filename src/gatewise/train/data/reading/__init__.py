"""Reading a file, a frame or arrays into a Dataset: numbers in even steps of time."""
