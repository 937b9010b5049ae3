"""From a reading to a verdict for every number. judgement.py has the steps, in their order."""
