"""What a worker of `coachapp run` starts with."""

import gc

from flask import Flask

from coachapp.cli.run import Server
from coachapp.config import Settings


def test_a_worker_keeps_its_start_out_of_collections(settings: Settings) -> None:
    gc.unfreeze()
    try:
        assert isinstance(Server(settings).load(), Flask)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
