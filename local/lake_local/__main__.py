"""`python -m lake_local`: the `lake` command."""

import sys

from .cli.main import main

sys.exit(main())
