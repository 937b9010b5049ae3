"""State_dicts of torch: pickled.py reads .pt files, names.py knows tensors by their names, writing.py writes."""
