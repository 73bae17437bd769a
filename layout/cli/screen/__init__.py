"""Parts of the one-screen answers: columns, numbers, names and the sections of a summary."""
