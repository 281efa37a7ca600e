"""Counterparts of the GitHub client: programs from the registries that answer like GitHub, or fail like it.

`installing` fetches them once into a cache folder outside of the checkout; `emulated`, `faults` and `recordings` run one each;
`fixtures` hands them to tests.
"""
