"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Measures:
    """Counts and times of one server."""

    def __init__(self) -> None:
        disable_created_metrics()
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.requests = Counter(
            "speechgen_requests", "Requests that ended, by route and status; 499: the client left.",
            ["route", "status"], registry=registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "speechgen_request_seconds", "From the head of a request to the end of the answer.",
            ["route"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.first_byte = Histogram(
            "speechgen_first_byte_seconds", "From the head of a request to that of the answer.",
            ["route"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.sound = Counter(
            "speechgen_sound_seconds", "Seconds of sound that were made, by route.",
            ["route"], registry=registry,
        )  # fmt: skip
        self.working = Gauge(
            "speechgen_requests_in_work", "Requests with work to do, those that wait included.",
            registry=registry,
        )  # fmt: skip
        self.streams = Gauge("speechgen_live_streams", "Live connections.", registry=registry)
        self.models = Gauge("speechgen_models_loaded", "Models in memory.", registry=registry)

    def text(self) -> bytes:
        """In Prometheus' format."""
        return generate_latest(self._registry)
