"""What a publiccode.yml may say of a product. Six statements."""

from workflows.publiccode.writing import Draft, write
from workflows.queries.catalogue import entries
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct
from workflows.tables.products import Product


def publiccode_of(eyes: Eyes, seen: SeenProduct, base_url: str, forge_url: str) -> Draft:
    """The file as far as it can be written. `base_url` is where this system is read, `forge_url` where repositories are."""
    (entry,) = entries(eyes, Product.id == seen.product.id, base_url=base_url, forge_url=forge_url)
    return write(entry.known, eyes.today)
