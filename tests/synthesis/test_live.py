"""Live conversion: the offline one of the same frames, whatever the pieces, as late as it says."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.audio.raw_pcm import RawFormat
from speechgen.data import recording_features
from speechgen.errors import ArrayError, ConfigError
from speechgen.features.formants import formant_warp
from speechgen.features.pitch_rows import mean_hertz
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField
from speechgen.store import load_model
from speechgen.synthesis import synthesize
from speechgen.synthesis.conversion import LEVEL_DB, with_vocoder
from speechgen.synthesis.conversion_stream import ConversionStream
from speechgen.synthesis.generators import Drawing, make_waves
from speechgen.synthesis.live import LiveConverter
from speechgen.synthesis.live_pipe import convert_pipe, lag_samples
from tests.synthesis.test_conversion import CONVERTER, SETTINGS, VOCODER, saved

RATE, DELAY = 16000, 4415


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    return {
        "model": saved(folder / "c", VoiceConverter, "voice_converter", CONVERTER),
        "vocoder": saved(folder / "v", HarmonicVocoder, "harmonic_vocoder", VOCODER),
    }


@pytest.fixture(scope="module")
def live(models):
    return LiveConverter("anna", **models)


def converted(live, wave, sizes):
    """All that comes out, and how much had come out after each piece."""
    live.restart()
    made = [live.process(piece) for piece in np.split(wave, np.cumsum(sizes))]
    counts = np.cumsum([len(part) for part in made])
    return np.concatenate([*made, live.flush()]), counts


def test_a_stream_of_frames_is_the_offline_conversion(models, make_speech):
    """With every melody given as late as may be."""
    both = with_vocoder(load_model(models["model"]), models["vocoder"], "cpu").model
    local = recording_features(SETTINGS, make_speech(60 * 256))
    speaker = torch.randn(6)
    match = torch.stack([torch.full((80,), 1.2), torch.linspace(0.0, 0.3, 80)])[None]
    voice = Conditions(None, speaker[None], match, formant_warp(0.9, SETTINGS)[None])
    given = [replace(voice, local=local[None])]
    (whole,), _ = make_waves(both, given, [60 * 256], Drawing(seed=0))
    for step in (1, 12, 60):
        stream = ConversionStream(both, voice, NoiseField(0))
        late = torch.cat([torch.zeros(2, 8), local[-2:]], dim=1)
        parts = [
            stream.push(local[:-2, at : at + step], late[:, max(8, at) : max(8, at + step)])
            for at in range(0, 60, step)
        ]
        parts += [stream.push(local[:-2, :0], late[:, 60:]), stream.finish()]
        made = torch.cat(parts).numpy()
        np.testing.assert_allclose(made, whole, atol=2e-5 * np.abs(whole).max())


def test_pieces_do_not_matter_and_as_much_comes_out_as_went_in(live, make_speech):
    wave = make_speech(RATE + 77)
    whole, _ = converted(live, wave, [len(wave)])
    rng = np.random.default_rng(0)
    for sizes in ([256] * 62, rng.integers(0, 900, 40)):
        made, _ = converted(live, wave, sizes)
        assert made.shape == wave.shape and np.isfinite(made).all()
        np.testing.assert_allclose(made, whole, atol=1e-5)
    assert np.abs(whole).max() > 0.01


@pytest.mark.parametrize("samples", [0, 1, 300, 3000])
def test_short_waves_come_out_whole(live, make_speech, samples):
    assert len(converted(live, make_speech(5000)[:samples], [samples // 2])[0]) == samples


def test_samples_come_by_the_stated_delay(live, make_speech):
    """Each by then, some of them not before; and the whole is below 300 ms."""
    assert live.delay_samples == DELAY < 0.3 * RATE
    wave = make_speech(8000)
    sizes = np.full(500, 16)
    _, counts = converted(live, wave, sizes)
    taken = 16 * np.arange(1, 501)
    assert (counts[:-1] >= taken - DELAY).all()
    assert (counts[:-1] < np.maximum(taken - DELAY, 0) + 256 + 16).all()


def test_an_onset_comes_out_where_it_went_in(live, make_speech):
    """Silence stays silence, up to the spans that the onset is in."""
    wave = np.concatenate([np.zeros(6000, np.float32), make_speech(8000)])
    made, _ = converted(live, wave, [len(wave)])
    assert not made[: 6000 - 1024].any()
    assert np.abs(made[6000 - 256 : 6000 + 256]).max() > 1e-3


def test_an_offset_counts_for_nothing(live, make_speech):
    wave = make_speech(RATE)
    without, with_it = (converted(live, wave + offset, [900])[0] for offset in (0.0, 0.1))
    np.testing.assert_allclose(with_it, without, atol=1e-3 * np.abs(without).max())


def test_what_comes_out_depends_on_its_past_and_the_delay_only(live, make_speech):
    """A change of the input changes nothing that came before it by the delay."""
    wave = make_speech(RATE)
    other = wave.copy()
    other[9000:] = make_speech(RATE, pitch_hz=250.0, seed=5)[9000:]
    first, second = (converted(live, each, [9000])[0] for each in (wave, other))
    np.testing.assert_allclose(first[: 9000 - DELAY], second[: 9000 - DELAY], atol=1e-6)
    assert np.abs(first[9000:] - second[9000:]).max() > 1e-3


def test_voice_melody_and_height_count(models, make_speech):
    wave = make_speech(RATE)
    usual = converted(LiveConverter("anna", **models), wave, [len(wave)])[0]
    for changes in (
        {"voice": "ben"}, {"semitones": 2.0}, {"source_f0_hz": 180.0}, {"formants": 1.1},
        {"seed": 1},
    ):  # fmt: skip
        live = LiveConverter(**{"voice": "anna", **models, **changes})
        assert np.abs(converted(live, wave, [len(wave)])[0] - usual).max() > 1e-3, changes


def test_what_does_not_fit(models, live, content_model):
    for changes, words in (
        ({"source_f0_hz": 5.0}, "20 to 2000"),
        ({"semitones": 30.0}, "at most 24 st"),
        ({"spectral_match": 2.0}, "spectral_match"),
        ({"formants": 3.0}, "0.5 to 2"),
        ({"model": content_model, "vocoder": None}, "does not convert live"),
    ):
        with pytest.raises(ConfigError, match=words):
            LiveConverter(**{"voice": "anna", **models, **changes})
    live.restart()
    for samples in (np.zeros((2, 400), np.float32), np.full(400, np.nan, np.float32)):
        with pytest.raises(ArrayError):
            live.process(samples)


@pytest.mark.parametrize(("rate", "channels", "kind"), [(16000, 1, "s16le"), (44100, 2, "f32le")])
def test_a_pipe_of_any_rate_and_format(live, make_speech, rate, channels, kind):
    """In and out are of one format and length; all channels are the same."""
    wave = np.tile(make_speech(rate // 2 + 3, rate), (channels, 1))
    form, sink, told = RawFormat(rate, channels, kind), io.BytesIO(), []
    source = io.BytesIO(form.encode(wave))
    source.read1 = lambda count: source.read(min(count, 5000))
    options = {"sample_rate": rate, "channels": channels, "sample_format": kind}
    convert_pipe(live, source, sink, tell=told.append, **options)
    made = form.decode(sink.getvalue())
    assert made.shape == wave.shape and np.abs(made).max() > 0.01
    assert (made == made[:1]).all()
    lag = lag_samples(live, form)
    assert DELAY / RATE <= lag / rate < 0.3
    assert told == [
        f"{rate} Hz, {channels} channel{'s' * (channels > 1)}, {kind}; the output lags by "
        f"{1000 * lag / rate:.0f} ms"
    ]


def test_real_speech_comes_near_the_offline_conversion(corpora):
    """By the shipped models: as loud, and, once it has heard a voice for a while, as high."""
    speech = corpora / "arctic" / "slt"
    wave = np.concatenate([read_mono(speech / f"arctic_a00{n}.flac", RATE) for n in (11, 23, 41)])
    live = LiveConverter("bdl")
    made, _ = converted(live, wave, [len(wave) // 3])
    offline = synthesize(wave, speaker="bdl")
    assert made.shape == offline.shape
    ours, theirs = (recording_features(SETTINGS, each, LEVEL_DB) for each in (made, offline))
    height = mean_hertz(theirs[-2:])
    assert height is not None and mean_hertz(ours[-2:]) == pytest.approx(height, rel=0.06)
    assert (ours[-1] - theirs[-1]).abs().mean() < 0.08
    assert abs(20 * np.log10(np.std(made) / np.std(offline))) < 3.0


def test_the_spectrum_of_recordings_of_the_voice_counts(corpora):
    """By the shipped models, of a voice that they never heard."""
    wave = read_mono(corpora / "arctic" / "slt" / "arctic_a0011.flac", RATE)[:RATE]
    voice = str(sorted((corpora / "librispeech" / "test-other").glob("*.opus"))[0])
    made = [
        converted(LiveConverter(voice, spectral_match=part), wave, [len(wave)])[0]
        for part in (0.0, 1.0)
    ]
    assert np.abs(made[0] - made[1]).max() > 1e-2
