"""Windows of a dataset, the labels that belong to them, and batches."""
