"""ONNX's LSTM, GRU and RNN nodes: which cell a node is, and what it gives, worked out by the engine."""
