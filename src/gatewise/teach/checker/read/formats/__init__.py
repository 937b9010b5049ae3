"""Formats of documents: each a reader that gives its claims to the collector."""
