"""The pages of frameworks and statements."""
