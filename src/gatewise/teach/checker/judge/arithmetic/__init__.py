"""What a document says by itself, whatever its letters mean: chains side by side, values printed twice."""
