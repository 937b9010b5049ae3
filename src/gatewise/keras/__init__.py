"""gatewise in Keras."""
