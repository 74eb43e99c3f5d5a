"""Fairness: are groups of people treated alike?

Each check is one module with one decorated function; `assessments.core.plugins.load_checks` imports
them all, so that nothing lists them. The modules without a check hold what several checks share:
samples (what is compared), comparisons (with whom), and the words of the sentences.
"""
