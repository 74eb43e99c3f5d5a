"""The statistics on which every verdict stands: intervals, simultaneous comparisons, gaps, tests.

Nothing here knows of groups of people, thresholds or verdicts; arrays go in and arrays come out.
"""
