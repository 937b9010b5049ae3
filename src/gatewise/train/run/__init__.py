"""The run folder: checkpoints, the lock, interrupts, progress."""
