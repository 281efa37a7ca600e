"""How a finished product reaches every local government."""
