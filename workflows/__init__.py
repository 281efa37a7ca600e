"""What people and the clock do. One verb is one function is one transaction. Knows nothing of Flask."""
