"""The demo: two services on real mortgage applications, from nothing to verdicts and reports."""
