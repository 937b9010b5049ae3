"""What each quantity is worth as the work goes on, and what has been said of each number."""
