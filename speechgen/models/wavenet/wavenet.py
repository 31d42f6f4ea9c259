"""WaveNet: an autoregressive network over waveform samples (arXiv:1609.03499)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.causal import GatedStack, LaggedInput, stack_dilations
from speechgen.causal.receptive_field import stacked_receptive_field
from speechgen.errors import ConfigError
from speechgen.likelihood import likelihood_named
from speechgen.models.wavenet.conditioning_network import ConditionNetwork
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.io import OutputHead, first_layer
from speechgen.models.wavenet.phonetic import HearsPhones
from speechgen.models.wavenet.pitch_lag import LOWEST_F0_HZ, checked_taps
from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.models.wavenet.steps import WaveNetSteps
from speechgen.models.wavenet.voices import Voices
from speechgen.shapes import Params, Symbols


class WaveNet(Voices, HearsPhones, WaveNetSteps):
    """p(wave | conditions) as a product over samples, each of the same distribution.

    Parameters
    ----------
    sample_rate
        Hz.
    stacks, layers_per_stack
        Each stack has dilations 1, 2, 4, ... 2**(layers_per_stack - 1).
    kernel_size
        Taps of every causal convolution (2 in the paper; 3 is common).
    residual_channels, gate_channels, skip_channels
        Widths; ``gate_channels`` counts both halves, tanh and sigmoid.
    output
        The distribution of a sample: "mu_law" (a categorical, as in the paper), "logistic_mixture",
        "gaussian" or "gaussian_mixture"; see :mod:`speechgen.likelihood`. The network sees past
        samples as one-hot vectors with the first, as plain values with the others.
    classes
        Symbols of "mu_law".
    mixtures
        Components of the mixtures.
    bits
        Of a sample of "logistic_mixture".
    local_features, hop_samples
        Size and hop of the local condition; 0 for none.
    speaker_features
        Size of the speaker vector; 0 for none.
    speakers
        Names of the rows of ``speaker_table``, so that a voice can be chosen by name.
    speaker_f0_hz
        Mean F0 of each of ``speakers`` (0: unknown), to which a melody is moved for that voice.
    train_speaker_table
        Whether the table is learned; otherwise it is filled from a speaker encoder.
    preemphasis
        Coefficient a of x[t] - a x[t-1], applied before a sample is encoded and undone after it is
        decoded; 0 is the paper. Quantisation noise is then shaped like speech instead of white.
    upsampler_channels, upsampler_kernel_size, upsampler_depth
        The network over frames; see :class:`ConditionNetwork`.
    pitch_lag_taps
        How many samples around that of a pitch period ago are seen beside the last ones, an odd
        number; 0 for none. The last two local features are then log-F0 and voicing
        (:mod:`speechgen.features.pitch_rows`); without local features there is no such input.
    recogniser
        Arguments of a :class:`PhoneRecogniser` that makes the local conditions of frames
        (:meth:`from_frames`); None where frames are conditions as they are.

    Examples
    --------
    >>> model = WaveNet(stacks=1, layers_per_stack=3, residual_channels=8, gate_channels=16)
    >>> model.receptive_field
    9
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        stacks: int = 3,
        layers_per_stack: int = 10,
        kernel_size: int = 2,
        residual_channels: int = 64,
        gate_channels: int = 128,
        skip_channels: int = 64,
        output: str = "mu_law",
        classes: int = 256,
        mixtures: int = 10,
        bits: int = 16,
        local_features: int = 0,
        hop_samples: int = 0,
        speaker_features: int = 0,
        speakers: Sequence[str] = (),
        speaker_f0_hz: Sequence[float] = (),
        train_speaker_table: bool = False,
        preemphasis: float = 0.0,
        upsampler_channels: int = 128,
        upsampler_kernel_size: int = 3,
        upsampler_depth: int = 3,
        pitch_lag_taps: int = 0,
        recogniser: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if not (1 <= stacks <= 64 and 1 <= layers_per_stack <= 20):
            raise ConfigError("stacks must be in [1, 64] and layers_per_stack in [1, 20]")
        if not 0.0 <= preemphasis < 1.0:
            raise ConfigError(f"preemphasis must be in [0, 1), not {preemphasis}")
        self.sample_rate = sample_rate
        self.preemphasis = preemphasis
        self.hop_samples = hop_samples
        self.local_features = local_features
        self.speaker_features = speaker_features
        self.likelihood = likelihood_named(output, classes=classes, mixtures=mixtures, bits=bits)
        self.embedding = first_layer(self.likelihood, residual_channels, kernel_size)
        self.stack = GatedStack(
            stack_dilations(stacks, layers_per_stack),
            residual_channels,
            gate_channels,
            skip_channels,
            kernel_size=kernel_size,
        )
        self.conditioning = ConditionNetwork(
            layers=stacks * layers_per_stack,
            gate_channels=gate_channels,
            local_features=self._add_recogniser(recogniser),
            speaker_features=speaker_features,
            hop_samples=hop_samples,
            channels=upsampler_channels,
            kernel_size=upsampler_kernel_size,
            depth=upsampler_depth,
            pitch_rate=sample_rate if pitch_lag_taps and local_features else 0,
        )
        self.lagged: LaggedInput | None = None
        if checked_taps(pitch_lag_taps) and local_features:
            longest = -(-sample_rate // LOWEST_F0_HZ)
            self.lagged = LaggedInput(self.likelihood, residual_channels, pitch_lag_taps, longest)
        self.head = OutputHead(skip_channels, self.likelihood)
        self._add_speaker_table(list(speakers), speaker_f0_hz, trainable=train_speaker_table)

    # -- conditions ---------------------------------------------------------------------------

    def prepare_conditions(
        self, conditions: Conditions | None, num_samples: int
    ) -> PreparedConditions:
        """Project conditions to all layers at the frame rate, once for a whole utterance."""
        return self.conditioning(conditions or Conditions(), num_samples)

    # -- the contract of a causal layer -------------------------------------------------------

    @property
    def receptive_field(self) -> int:
        """Past symbols that the distribution of one sample depends on (the present is hidden)."""
        beyond = 0 if self.lagged is None else self.lagged.memory_samples
        nearest = max(self.embedding.kernel_size, beyond)
        kernels = [nearest] + [self.stack.kernel_size] * len(self.dilations)
        return stacked_receptive_field(kernels, [1, *self.dilations])

    @property
    def dilations(self) -> list[int]:
        """Those of the gated blocks, first to last."""
        return self.stack.dilations

    def forward(
        self, symbols: Symbols, conditions: Conditions | PreparedConditions | None = None
    ) -> Params:
        """The distribution of every sample, given the samples before it.

        Parameters
        ----------
        symbols
            (batch, time).
        conditions
            Those of the utterances: at least ceil(time / hop_samples) frames, of which frame j
            describes samples [j * hop_samples, (j + 1) * hop_samples).

        Returns
        -------
        Tensor
            (batch, param, time), as ``likelihood`` takes them; position t depends on symbols
            before t only.
        """
        time = symbols.shape[1]
        if not isinstance(conditions, PreparedConditions):
            conditions = self.prepare_conditions(conditions, time)
        x = self._inputs(symbols, conditions)
        skips = self.stack(x, conditions.to_gates() if conditions else None)
        return self.head(skips.transpose(1, 2)).transpose(1, 2)
