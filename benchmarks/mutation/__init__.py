"""Making one small change in a module and asking the tests whether they see it."""
