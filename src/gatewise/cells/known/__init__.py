"""The cells that there are: the contract of the LSTM, the table, and the LSTM with torch's two biases."""
