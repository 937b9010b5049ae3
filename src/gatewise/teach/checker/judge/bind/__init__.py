"""From claims to statements about quantities, and the numbers put in to entries of quantities."""
