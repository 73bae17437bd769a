"""What `layout` costs, measured beside other ways to the same answer.

Nothing here is imported by `layout`; the peers are in the extra `bench`.  Each command is a module
with ``run(options) -> dict`` (prints nothing) and ``table(result) -> str`` (Markdown).
"""
