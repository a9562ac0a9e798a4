"""Accounts: registering, signing in and out, passwords, the profile, classes and joining them."""

from coachapp.accounts import class_routes, data_routes, profile_routes
from coachapp.accounts.routes import bp

__all__ = ["bp", "class_routes", "data_routes", "profile_routes"]
