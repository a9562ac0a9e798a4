"""Accounts: registering, signing in and out, passwords, the profile, one's own data."""

from coachapp.accounts import data_routes, profile_routes, twostep_routes
from coachapp.accounts.routes import bp

__all__ = ["bp", "data_routes", "profile_routes", "twostep_routes"]
