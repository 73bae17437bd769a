"""The map of a plan as a picture, drawn without a browser."""
