"""What a document is read as: its cell, steps, letters, weights and loss, by the evidence it gives."""
