"""`python -m gatewise` is the command line."""

import sys

from gatewise.cli import main

sys.exit(main())
