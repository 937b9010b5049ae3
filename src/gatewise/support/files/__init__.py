"""Files: reading.py opens them, writing.py writes them in one step, json_text.py reads their JSON.

first_bytes.py says what a file is, whatever it is called.
"""

from gatewise.support.files.first_bytes import NO_MODEL as NO_MODEL
from gatewise.support.files.first_bytes import kind_of as kind_of
from gatewise.support.files.json_text import JsonError as JsonError
from gatewise.support.files.json_text import parse_json as parse_json
from gatewise.support.files.reading import Limit as Limit
from gatewise.support.files.reading import copy_bounded as copy_bounded
from gatewise.support.files.reading import open_input as open_input
from gatewise.support.files.reading import read_bounded as read_bounded
from gatewise.support.files.reading import read_input as read_input
from gatewise.support.files.spreadsheet import no_formula as no_formula
from gatewise.support.files.writing import OutputError as OutputError
from gatewise.support.files.writing import append_line as append_line
from gatewise.support.files.writing import as_path as as_path
from gatewise.support.files.writing import named as named
from gatewise.support.files.writing import write_file as write_file
from gatewise.support.files.writing import write_files as write_files
