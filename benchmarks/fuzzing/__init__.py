"""Whatever bytes stand in a file: a reader gives a result or problems in words."""
