"""publiccode.yml: what a public product says of itself. `validate` judges a file by the standard 0.7 and older (0.2-0.6).

The rules are ours, written from the standard (publiccode.yml 0.7, https://yml.publiccode.tools) and the behaviour of its
reference parser, since no Python validator exists. `rules` reads like the standard's schema; `shapes`, `values` and
`licence` say what a value may be; `reading` makes nodes of bytes, within bounds; `report` is what comes out. `writing` fills a
file from what is known of a product.
"""

from workflows.publiccode.report import Problem, Report
from workflows.publiccode.rules import validate

__all__ = ["Problem", "Report", "validate"]
