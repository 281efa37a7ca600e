"""How any verb runs, whatever it is about."""
