"""The pages: one module a family, each route → query → template, or route → verb → redirect."""
