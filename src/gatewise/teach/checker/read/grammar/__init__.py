"""From tokens to trees: numbers, quantities, matrices, products and derivatives."""
