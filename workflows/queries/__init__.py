"""Read models for pages and interfaces: a constant number of statements each."""
