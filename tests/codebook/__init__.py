"""Tests of the code book."""
