"""Backups: one archive with everything a site has of its own, the same for both databases, and the way back."""

from coachapp.backup.archive import Archive, BadArchive
from coachapp.backup.connecting import CannotBackUp
from coachapp.backup.filling import NotRestored
from coachapp.backup.manifest import Manifest
from coachapp.backup.restoring import Restored, restore
from coachapp.backup.saving import save

__all__ = ["Archive", "BadArchive", "CannotBackUp", "Manifest", "NotRestored", "Restored", "restore", "save"]
