"""What a page can be of: layers, a window of a run, a checked document; any_model.py tells which it is."""
