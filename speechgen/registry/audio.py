"""Networks of waveforms: synthesis, enhancement, voices."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "wavenet", "model", "speechgen.models.wavenet.wavenet:WaveNet",
        ("explicit density", "tractable", "autoregressive"),
        "arXiv:1609.03499", "dilated causal convolutions over mu-law samples, conditioned",
    ),
    Entry(
        "parallel_wavegan", "model", "speechgen.models.vocoders.parallel_wavegan:ParallelWaveGAN",
        ("implicit density", "adversarial"),
        "arXiv:1910.11480", "frames and noise to a waveform in one pass",
    ),
    Entry(
        "parallel_wavegan_discriminator", "discriminator",
        "speechgen.models.vocoders.parallel_wavegan_discriminator:ParallelWaveGANDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1910.11480", "scores every sample of a waveform by its context",
    ),
    Entry(
        "harmonic_vocoder", "model", "speechgen.models.vocoders.harmonic_vocoder:HarmonicVocoder",
        ("implicit density", "adversarial"),
        "arXiv:2306.00814", "filters a harmonic source and noise in short spectra; streams",
    ),
    Entry(
        "multi_discriminator", "discriminator",
        "speechgen.models.vocoders.multi_discriminator:MultiDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:2010.05646", "scores a waveform by several periods and several spectra",
    ),
    Entry(
        "voice_converter", "model", "speechgen.models.converter.voice_converter:VoiceConverter",
        ("implicit density", "adversarial"),
        "arXiv:1907.12279", "words, melody and a speaker vector to a mel spectrum; streams",
    ),
    Entry(
        "mel_discriminator", "discriminator",
        "speechgen.models.converter.mel_discriminator:MelDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1802.05637", "scores patches of a mel spectrum, some by whose voice it should be",
    ),
    Entry(
        "segan", "model", "speechgen.models.segan.generator:SEGANGenerator",
        ("implicit density", "adversarial"),
        "arXiv:1703.09452", "strided convolutional encoder-decoder that cleans speech",
    ),
    Entry(
        "segan_discriminator", "discriminator",
        "speechgen.models.segan.discriminator:SEGANDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1703.09452", "scores (signal, noisy) pairs, virtual batch norm",
    ),
    Entry(
        "segan_chain", "model", "speechgen.models.segan.chain:SEGANChain",
        ("implicit density", "adversarial"),
        "arXiv:2001.05532", "chained SEGAN generators, with shared or separate weights",
    ),
    Entry(
        "spectral_enhancer", "model", "speechgen.models.spectral.enhancer:SpectralEnhancer",
        ("implicit density", "adversarial"),
        "arXiv:2209.15174", "complex spectra in bands, recurrent; cleans speech as a stream",
    ),
    Entry(
        "metric_discriminator", "discriminator",
        "speechgen.models.spectral.metric_discriminator:MetricDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1905.04874", "learns to predict PESQ of an estimate and its target",
    ),
    Entry(
        "speaker_encoder", "model", "speechgen.models.speaker.encoder:SpeakerEncoder",
        ("discriminative",),
        "arXiv:1710.10467", "speech to a unit vector that identifies the voice",
    ),
    Entry(
        "ecapa", "model", "speechgen.models.speaker.ecapa:EcapaEncoder",
        ("discriminative",),
        "arXiv:2005.07143", "the same with channel attention, many time spans, all layers pooled",
    ),
    Entry(
        "phone_recogniser", "model",
        "speechgen.models.recogniser.phone_recogniser:PhoneRecogniser",
        ("discriminative",),
        "doi:10.1145/1143844.1143891", "mel frames to phones, and to what is said; streams",
    ),
    Entry(
        "text_model", "model", "speechgen.models.text.text_model:TextModel",
        ("explicit density", "tractable", "autoregressive"),
        "arXiv:2006.06873", "phones and a speaker vector to what a converter makes a voice of",
    ),
    Entry(
        "log_mmse", "model", "speechgen.models.classical.log_mmse:LogMMSE",
        ("statistical",),
        "doi:10.1109/TASSP.1985.1164550", "spectral gain from tracked noise, causal, no weights",
    ),
    Entry(
        "identity", "model", "speechgen.models.classical.identity:Identity",
        ("deterministic",),
        "", "returns its input; tests the wrappers of enhancers",
    ),
)  # fmt: skip
