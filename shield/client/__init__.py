"""The client for pipelines: one file of Python's standard library, which the server offers too."""
