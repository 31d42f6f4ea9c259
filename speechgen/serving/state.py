"""What all requests share."""

from __future__ import annotations

from dataclasses import dataclass, field

from speechgen.serving.admission import Admission
from speechgen.serving.catalogue import Catalogue
from speechgen.serving.jobs import Workers
from speechgen.serving.measures import Measures
from speechgen.serving.settings import Settings


@dataclass
class State:
    """One server.

    Attributes
    ----------
    files, whole, live
        Threads for requests, for conversions, which are one long piece each and would hold up all
        others, and for live connections, which cannot wait.
    requests, streams
        Places for either.
    stopping
        Whether nothing new is begun.
    """

    settings: Settings
    catalogue: Catalogue
    measures: Measures = field(default_factory=Measures)
    stopping: bool = False

    def __post_init__(self) -> None:
        count = self.settings.num_workers
        self.files, self.whole = Workers(count, "work"), Workers(count, "whole")
        self.live = Workers(count, "live")
        self.requests = Admission(self.settings.queue, count, "requests")
        self.streams = Admission(self.settings.streams, count, "live connections")
        self.measures.working.set_function(lambda: self.requests.taken)
        self.measures.streams.set_function(lambda: self.streams.taken)
        self.measures.models.set_function(lambda: len(self.catalogue.loaded()))

    def close(self) -> None:
        """End the threads, after the pieces that they are making."""
        self.files.stop()
        self.whole.stop()
        self.live.stop()
