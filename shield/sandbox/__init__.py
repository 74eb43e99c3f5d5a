"""The child process in which every uploaded table and model is parsed and run; nowhere else.

The parent side is `client` (what the rest of the product calls) on top of `process`; the child
side is `child`, which confines itself first and only then touches what was uploaded.
"""
