"""What a model does to sound, in one object that goes from process to process."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from speechgen.enhancement.core.stream_enhancer import StreamEnhancer, wet_share


@dataclass(frozen=True)
class Settings:
    """How to enhance, apart from the model and the files; see :class:`.StreamEnhancer`.

    Raises
    ------
    ConfigError
        ``wet`` is outside [0, 1] or the limit is negative.
    """

    wet: float = 1.0
    max_attenuation_db: float | None = None
    window_batch: int = 16
    device: str = "cpu"

    def __post_init__(self) -> None:
        wet_share(self.wet, self.max_attenuation_db)

    @property
    def share(self) -> float:
        """Share of the model's change that is applied."""
        return wet_share(self.wet, self.max_attenuation_db)

    def enhancer(self, model: nn.Module, sample_rate: int, channels: int) -> StreamEnhancer:
        """``model`` for a stream of ``channels`` channels at ``sample_rate`` Hz."""
        return StreamEnhancer(
            model,
            sample_rate,
            channels,
            wet=self.wet,
            max_attenuation_db=self.max_attenuation_db,
            window_batch=self.window_batch,
            device=self.device,
        )
