"""`/products/catalog.json`, `/products/catalog.jsonld`, `/products/feed.atom`: every public product, and what became of them."""

from collections.abc import Sequence

from flask import Response
from flask.typing import ResponseReturnValue

from app.catalogue import atom, catalog_json, catalog_jsonld
from app.route import house, page
from workflows.github.names import web_address
from workflows.queries.catalogue import Entry, entries
from workflows.queries.looks import Eyes
from workflows.queries.product_history import news
from workflows.tables.products import Product


@page("/products/catalog.json", reads="public.read")
def products_json(eyes: Eyes) -> ResponseReturnValue:
    return Response(catalog_json(_public(eyes), house().config.base_url), mimetype="application/json")


@page("/products/catalog.jsonld", reads="public.read")
def products_jsonld(eyes: Eyes) -> ResponseReturnValue:
    return Response(catalog_jsonld(_public(eyes), house().config.base_url), mimetype="application/ld+json")


@page("/products/feed.atom", reads="public.read")
def products_feed(eyes: Eyes) -> ResponseReturnValue:
    return Response(atom(news(eyes), house().config.base_url), mimetype="application/atom+xml")


def _public(eyes: Eyes) -> Sequence[Entry]:
    """Who asks makes no difference: a product that was not flagged is in no file."""
    config = house().config
    return entries(
        eyes, Product.flag != "none", base_url=config.base_url, forge_url=web_address(config.github_url)
    )
