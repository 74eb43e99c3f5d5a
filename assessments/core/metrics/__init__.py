"""The numbers under the checks: counts, rates, rankings, calibration, moments; pure array code.

One idea runs through the package: every metric is a function of *additive* statistics per group
(cell counts, sums, sums of squares). So the metric of "all other rows" is the same function of the
total minus the group's own statistics, and nothing here costs more than a pass over the rows.
"""
