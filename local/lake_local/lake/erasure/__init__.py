"""`lake erase`: finding and removing somebody's rows, or an object, everywhere the lake put them.

Files of tables are read with the code of the jobs that read them in the lake, so that both see the same rows.
"""

import sys

from ...config import package_root

_ASSETS = str(package_root() / "glue-assets")
if _ASSETS not in sys.path:
    sys.path.append(_ASSETS)
