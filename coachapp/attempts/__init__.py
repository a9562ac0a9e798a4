"""Attempts at items: the engine that opens, saves, submits and grades them."""
