"""What is given: known numbers, misprinted ones, a learning rate that is not stated, steps left out."""
