"""Charts of the dashboard as SVG: classes and presentation attributes only, so a strict
Content-Security-Policy lets them through and paper shows them. Each stands beside its table.
"""
