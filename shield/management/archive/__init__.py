"""Backup and restore: the whole installation as one file that no database is needed to read."""
