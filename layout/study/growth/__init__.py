"""The growth model of computing capital (80)–(90)."""
