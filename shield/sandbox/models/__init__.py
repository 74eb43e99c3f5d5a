"""Running models inside the child: one module a kind, each imported only for its kind."""
