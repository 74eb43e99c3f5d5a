"""The pages of risk: heat map, units, policies and their proposals, tiering."""
