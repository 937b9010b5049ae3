"""With this directory on PYTHONPATH, Python takes the compiled core from GATEWISE_TEST_CORE instead of the installed
one: a sanitized or a deliberately broken build. Processes that the tests start inherit it.
"""

import importlib.util
import os
import sys

spec = importlib.util.spec_from_file_location("gatewise._core", os.environ["GATEWISE_TEST_CORE"])
core = importlib.util.module_from_spec(spec)
sys.modules["gatewise._core"] = core
spec.loader.exec_module(core)
