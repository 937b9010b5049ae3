"""ONNX files as graphs of plain Python and NumPy, checked, and graphs run node by node."""
