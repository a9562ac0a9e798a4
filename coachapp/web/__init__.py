"""Plumbing that knows Flask but no feature."""
