"""The search for settings that nobody gave: which are tried, how they are judged, what is kept of it."""
