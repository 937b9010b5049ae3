"""State_dicts of torch: pickled.py reads .pt files, names.py has the names of tensors, writing.py writes."""
