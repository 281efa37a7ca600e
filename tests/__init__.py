"""Tests: they mirror stages/, workflows/ and app/."""
