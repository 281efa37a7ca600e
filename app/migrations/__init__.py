"""The history of the schema: one file a change under versions/, run by app/schema.py on either database."""
