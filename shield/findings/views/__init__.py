"""The pages of findings and acceptances. Reading is here; every change is a call of a service."""
