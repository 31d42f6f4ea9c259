"""Sentences to sound: every control is heard, times are right, nothing depends on the pieces.

The text model is untrained; converter and vocoder are those that ship.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

import speechgen
from speechgen.errors import ConfigError, ModelError, OutputError
from speechgen.features.phonetic_rows import loudness
from speechgen.features.pitch_rows import mean_hertz
from speechgen.store import load_model, resolve_model
from speechgen.synthesis.likely_height import likely_height
from speechgen.synthesis.predicted import limited
from speechgen.synthesis.speaking import Manner, Speaker, Speakers, Utterance
from speechgen.synthesis.speech_output import sound_pipe
from speechgen.text import Mark, Sentence, Word
from tests.synthesis.conftest import save_wavenet


def sentence(count: int = 8, **style: Any) -> Sentence:
    word = Word("allow", ("ə", "l", "aʊ", "m", "ɔ"), (0, 0, 1, 0, 2), **style)
    words = [word, *[token for _ in range(count - 1) for token in (Mark(" ", **style), word)]]
    return Sentence((Mark("_", **style), *words, Mark(".", **style), Mark("_", **style)))


@pytest.fixture(scope="module")
def speakers(text_model: Path) -> Speakers:
    return Speakers(model=text_model, device="cpu")


@pytest.fixture(scope="module")
def speaker(speakers: Speakers) -> Speaker:
    return speakers.of("slt")


def said(speaker: Speaker, what: Sentence | None = None, **manner: Any) -> Utterance:
    return speaker.utter(what or sentence(), Manner(**{"temperature": 0.0, **manner}))


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.5, 2.0])
def test_a_rate_gives_durations_within_5_percent(speaker: Speaker, rate: float) -> None:
    usual = said(speaker, sentence(20)).num_samples
    by_manner = said(speaker, sentence(20), rate=rate).num_samples
    by_style = said(speaker, sentence(20, rate=rate)).num_samples
    assert by_manner * rate == pytest.approx(usual, rel=0.05)
    assert by_style == by_manner


@pytest.fixture
def height(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """The mean F0 (Hz) of what a vocoder is asked for."""

    def measured(speaker: Speaker, what: Sentence | None = None, **manner: Any) -> float:
        kept: list[Any] = []
        monkeypatch.setattr(speaker, "_waves", lambda conditions, *rest: kept.append(conditions))
        said(speaker, what, **manner)
        monkeypatch.undo()
        return mean_hertz(kept[0].local[0, -2:]) or 0.0

    return measured


@pytest.mark.parametrize("semitones", [-5.0, 3.0, 7.0])
def test_a_pitch_is_moved_by_what_was_asked(
    speaker: Speaker, height: Callable[..., float], semitones: float
) -> None:
    usual = height(speaker)
    styled = height(speaker, sentence(semitones=semitones))
    for moved in (height(speaker, semitones=semitones), styled):
        assert 12 * np.log2(moved / usual) == pytest.approx(semitones, abs=0.01)


def test_a_melody_is_at_the_height_of_the_voice_and_the_vector_is_heard(
    speakers: Speakers, height: Callable[..., float]
) -> None:
    usual = speakers.of("slt")
    voice = replace(usual._voice, f0_hz=1.5 * usual._voice.f0_hz)
    higher = Speaker(usual._model, usual._synthesiser, voice)
    assert height(higher) / height(usual) == pytest.approx(1.5, rel=1e-3)
    assert usual._voice.f0_hz == pytest.approx(speakers._synthesiser.f0_of("slt"))
    voices = [said(speakers.of(name)).wave() for name in ("slt", "bdl")]
    assert len(voices[0]) != len(voices[1]) or not np.allclose(*voices, atol=1e-2)


def test_a_style_is_of_its_words_alone(speaker: Speaker) -> None:
    plain = sentence(4)
    loud = sentence(4, volume_db=6.0).tokens[5]
    mixed = Sentence((*plain.tokens[:5], loud, *plain.tokens[6:]))
    usual, other = said(speaker, plain, volume_db=-20.0), said(speaker, mixed, volume_db=-20.0)
    first, last = (round(time * 16000) for time in (usual.words[2].start, usual.words[2].end))
    one, two = usual.wave(), other.wave()
    assert np.allclose(one[: first - 256], two[: first - 256])
    inside = slice(first + 256, last - 256)
    assert np.allclose(two[inside], np.clip(one[inside] * 10**0.3, -1, 1), atol=1e-4)


def test_a_volume_is_of_all(speaker: Speaker) -> None:
    usual, soft = (said(speaker, volume_db=level).wave() for level in (-20.0, -26.0))
    kept = np.abs(usual) < 0.999  # what was not cut at full scale
    assert kept.mean() > 0.5
    assert np.allclose(soft[kept], usual[kept] * 10**-0.3, atol=1e-5)


def test_a_pause_lasts_as_long_as_was_asked(speaker: Speaker) -> None:
    plain = sentence(4)
    paused = Sentence((*plain.tokens[:3], Mark("_", 0.8), *plain.tokens[3:]))
    made = said(speaker, paused, rate=2.0)
    assert made.words[1].start - made.words[0].end >= 0.79
    assert made.words[1].start - made.words[0].end <= 1.2


def test_silence_is_around_a_sentence_and_what_was_asked_for_comes_before_it(
    speaker: Speaker,
) -> None:
    usual = said(speaker)
    assert usual.words[0].start == pytest.approx(0.1, abs=0.02)
    assert usual.num_samples / 16000 - usual.words[-1].end >= 0.13
    plain = sentence()
    paused = said(speaker, Sentence((Mark("_", 1.0), *plain.tokens[1:-1], Mark("_", 2.0))))
    assert paused.words[0].start == pytest.approx(1.0, abs=0.02)
    assert paused.num_samples / 16000 - paused.words[-1].end >= 1.98


def test_nothing_is_much_louder_than_was_asked() -> None:
    mel = torch.randn(1, 80, 30)
    asked = loudness(mel)
    for louder, left in ((0.0, 0.0), (2.0, 0.1)):
        made = loudness(limited(mel + louder, asked)) - asked
        assert made.abs().max() <= left + 1e-5


def test_times_are_in_order_and_end_with_the_wave(speaker: Speaker) -> None:
    made = said(speaker)
    assert len(made.words) == 8 and {word.text for word in made.words} == {"allow"}
    times = [time for word in made.words for time in (word.start, word.end)]
    assert times == sorted(times) and all(word.end > word.start for word in made.words)
    wave = made.wave()
    assert len(wave) == made.num_samples and times[-1] <= len(wave) / 16000
    assert wave.dtype == np.float32 and np.abs(wave).max() <= 1


def test_a_seed_decides_and_each_sentence_has_draws_of_its_own(speaker: Speaker) -> None:
    def wave(number: int = 0, **manner: Any) -> np.ndarray:
        return speaker.utter(sentence(3), Manner(**{"temperature": 1.0, **manner}), number).wave()

    assert np.array_equal(wave(seed=1), wave(seed=1))
    for other in (wave(seed=2), wave(1, seed=1), wave(seed=1, temperature=0.3)):
        assert not np.array_equal(wave(seed=1), other)


def test_a_recording_of_somebody_speaks(speakers: Speakers, make_speech: Any) -> None:
    path = Path(str(speakers.directories[0])).parent / "somebody.wav"
    soundfile.write(path, make_speech(48000, pitch_hz=220.0), 16000)
    wave = said(speakers.of(str(path)), sentence(2)).wave()
    assert np.isfinite(wave).all() and wave.any()


def test_a_wavenet_speaks_chunk_by_chunk_and_each_sentence_has_draws_of_its_own(
    text_model: Path, tmp_path: Path
) -> None:
    settings = load_model(resolve_model("vocoder-small", "synthesize")).config.feature_settings()
    folder = save_wavenet(tmp_path / "wavenet", settings)
    speaker = Speakers(model=text_model, vocoder=folder, device="cpu").of("slt")
    utterance = said(speaker, sentence(1), volume_db=-6)
    chunks = list(utterance.chunks())
    wave = np.concatenate(chunks)
    assert len(chunks) > 1 and len(wave) == utterance.num_samples and wave.any()
    louder = said(speaker, sentence(1)).wave()
    kept = np.abs(louder) < 0.999
    assert np.allclose(wave[kept], louder[kept] * 10**-0.3, atol=1e-5)
    again, other = (
        speaker.utter(sentence(1), Manner(temperature=0.0, volume_db=-6), number).wave()
        for number in (0, 1)
    )
    assert np.array_equal(again, wave) and not np.array_equal(other, wave)


def test_the_height_of_a_bare_vector_is_that_of_its_like(speakers: Speakers) -> None:
    network = speakers._synthesiser
    for name in ("slt", "bdl"):
        vector = network.speaker_vector(name).numpy()
        known = network.f0_of(name)
        assert known and 0.7 < likely_height(vector, network) / known < 1.4


@pytest.mark.parametrize(
    "wrong",
    [{"rate": 0.4}, {"rate": 2.1}, {"semitones": 30}, {"volume_db": 50}, {"seed": -1},
     {"temperature": 3}, {"rate": float("nan")}],
)  # fmt: skip
def test_a_manner_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Manner(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"rate": "fast"}, {"rate": None}, {"rate": True}, {"semitones": "+2st"}, {"volume_db": None},
     {"temperature": "hot"}, {"seed": "0"}, {"seed": 1.5}],
)  # fmt: skip
def test_a_manner_of_other_types_is_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigError, match=f"{name} must be a .*number"):
        Manner(**wrong)


def test_numbers_of_numpy_are_numbers() -> None:
    assert Manner(rate=np.float32(1.5), seed=np.int64(3)) == Manner(rate=1.5, seed=3)


def test_models_for_other_tasks_are_refused(text_model: Path) -> None:
    with pytest.raises(ModelError, match="but one to say is needed"):
        Speakers(model="converter-small")
    with pytest.raises(ConfigError, match="no voice_converter"):
        Speakers(model=text_model, converter="vocoder-small")


def test_say_and_its_sentences_are_the_same(speaker: Speaker, tmp_path: Path) -> None:
    pytest.importorskip("gruut", reason="text: gruut is not installed")
    text, output = "One two. Three!", tmp_path / "out.wav"
    whole = speechgen.say(text, voice=speaker, output=output, sentence_silence=0.0)
    parts = [one.wave() for one in speechgen.say_sentences(text, voice=speaker)]
    assert len(parts) == 2 and np.array_equal(np.concatenate(parts), whole)
    spaced = speechgen.say(text, voice=speaker, sentence_silence=0.5)
    assert len(spaced) == len(whole) + 2 * 8000
    for wrong in (b"hi", None, [b"hi"]):
        for function in (speechgen.say, speechgen.say_sentences):
            with pytest.raises(ConfigError, match="text"):
                list(function(wrong, voice=speaker))  # type: ignore[operator]
    with pytest.raises(ConfigError, match="sentence_silence must be a number, not 'long'"):
        speechgen.say(text, voice=speaker, sentence_silence="long")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="exists"):
        speechgen.say(text, voice=speaker, output=output)


def test_sentences_are_made_when_they_are_asked_for(speaker: Speaker) -> None:
    pytest.importorskip("gruut", reason="text: gruut is not installed")
    lines = itertools.chain(["One. Two. "], (pytest.fail("read ahead") for _ in range(1)))
    assert next(speechgen.say_sentences(lines, voice=speaker)).sentence.text == "One"


def test_a_pipe_gets_a_wav_that_has_no_end_yet() -> None:
    stream = io.BytesIO()
    wave = np.linspace(-1, 1, 1000, dtype=np.float32)
    with sound_pipe(stream, 16000) as sink:
        sink(wave[:300])
        assert len(stream.getvalue()) == 44 + 600
        sink(wave[300:])
    read, rate = soundfile.read(io.BytesIO(stream.getvalue()), dtype="float32")
    assert rate == 16000 and np.allclose(read[:1000], wave, atol=1e-4)
    bare = io.BytesIO()
    with sound_pipe(bare, 16000, raw=True) as sink:
        sink(wave)
    assert stream.getvalue()[44:] == bare.getvalue()


def test_a_reader_that_goes_away_ends_it() -> None:
    class Gone(io.BytesIO):
        def flush(self) -> None:
            raise BrokenPipeError

    with sound_pipe(Gone(), 16000) as sink:
        sink(np.zeros(10, np.float32))
        pytest.fail("went on")
