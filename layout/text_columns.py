"""Text columns of tables are plain Python strings, whether or not pyarrow is installed.

pandas keeps them in arrow arrays wherever pyarrow is there. Ours are short and read one by one,
which takes up to twice as long then, and answers should not depend on what else is installed.
"""

from __future__ import annotations

import pandas as pd

if pd.get_option("mode.string_storage") == "auto":
    pd.set_option("mode.string_storage", "python")
