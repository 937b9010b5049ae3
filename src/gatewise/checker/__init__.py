"""The checker: a worked LSTM in, the mistakes in it out.

reading.py has what was read of a document, findings.py what is said of it.
"""
