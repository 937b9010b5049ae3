"""Models that are alive in Python, a module of torch, a layer or model of Keras, read as their files are."""
