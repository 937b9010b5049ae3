"""The readable engine. `lstm.py` is the equations; `activations.py` is tanh and sigmoid for any dtype.

It is what every faster engine is measured against, and what a newcomer reads beside the document.
"""

from gatewise.engine.reference.lstm import backward, forward, step

__all__ = ["backward", "forward", "step"]
