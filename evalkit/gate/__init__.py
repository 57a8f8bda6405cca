"""The gate: is a candidate as good as the baseline? Claims are made from two runs, and judged as any other claim."""
