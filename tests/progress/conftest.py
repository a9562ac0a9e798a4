"""Pages about progress need code sets beside the database, and something to have worked on."""

from tests.progress.months import worked
from tests.simulation.conftest import stock

__all__ = ["stock", "worked"]
