"""A report as a page: html.py writes it, document.py has its document, mathematics.py its formulas."""
