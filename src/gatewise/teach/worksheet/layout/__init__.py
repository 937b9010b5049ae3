"""From lines to a document: what a sheet shows, in which letters, before any medium."""
