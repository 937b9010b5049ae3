"""The answers to a document's questions, and the mistakes that its digits cannot show."""
