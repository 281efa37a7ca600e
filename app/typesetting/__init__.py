"""Documents to be filed: what is printed from a read model. The face in this folder is Noto Sans JP (OFL, see LICENSE)."""
