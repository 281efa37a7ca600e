"""The pages: one module for each thing they show, each route → query → template. What they change goes through a verb's own address (doing.py)."""

from importlib import import_module
from pkgutil import iter_modules


def register_all() -> None:
    """Imports every module of this folder: each declares its addresses by being imported."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
