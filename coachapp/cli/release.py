"""The code sets for a command: built on first use, so that the command line works in a fresh installation."""

import sqlite3

from coachapp.cli import Refused
from coachapp.cli.progress import show_progress
from coachapp.codesets import CodeSets, ReleaseMissing, SourceMissing, ensure_release, release_path
from coachapp.config import data_dir


def ready_codesets() -> CodeSets:
    """Return this installation's code sets, built with a bar of progress if they are not there; the caller closes them.

    Raise Refused, saying why, where they can be neither read nor built.
    """
    folder = data_dir()
    try:
        ensure_release(folder, show_progress)
    except (ReleaseMissing, SourceMissing) as error:
        raise Refused(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"The code sets could not be written to {release_path(folder)}: {error}") from error
    return CodeSets(release_path(folder))
