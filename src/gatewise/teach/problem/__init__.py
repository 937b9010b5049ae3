"""Problem files: TOML that says which LSTM and which data, read into a `Problem`.

docs/problem-file.md describes the format for users. Here: text.py reads the file, tables.py checks its keys,
written.py reads the numbers, build.py makes weights and data of them, problem.py puts them together.
"""

from gatewise.teach.problem.problem import Problem, load_problem, parse_problem
from gatewise.teach.problem.written import ProblemFileError

__all__ = ["Problem", "ProblemFileError", "load_problem", "parse_problem"]
