"""Files that people hand in: told by their content, cleaned, scanned, stored by their hash, handed out to who may see them."""
