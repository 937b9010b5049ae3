"""From characters to tokens: where the mathematics stands, and where it is cut."""
