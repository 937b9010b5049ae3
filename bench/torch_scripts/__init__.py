"""Five small trainings as people write them in torch; whose LSTM they take is an argument.

Each has `train(LSTM, steps)`, which returns its losses: the same numbers, up to rounding, for torch.nn.LSTM
and gatewise.torch.LSTM.
"""
