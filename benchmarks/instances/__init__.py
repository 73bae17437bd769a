"""Location problems of the literature: how they are stored, and how both sides state them.

The files are read from the folder that LAYOUT_BENCHMARKS names (default: `shared/benchmarks`
beside the repository) and are never copied here.
"""
