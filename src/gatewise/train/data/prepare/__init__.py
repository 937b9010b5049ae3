"""What is learnt from the training rows, and the rows of x that the network sees."""
