"""Pages of messages (`personal`) and of webhooks (`endpoints`)."""
