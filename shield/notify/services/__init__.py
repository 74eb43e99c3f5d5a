"""Acts of people on messages (`personal`) and on webhooks (`endpoints`)."""
