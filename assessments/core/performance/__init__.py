"""Performance: how good is the service for everybody together? One check a module."""
