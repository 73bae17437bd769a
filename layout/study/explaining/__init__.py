"""One plan explained: sites, zones, targets, prices, and who pays whom."""
