"""Phone errors and probes of content, by the shipped recogniser on real speech."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from speechgen.audio import read_mono
from speechgen.errors import DataError, ModelError
from speechgen.evaluation import score_content
from speechgen.evaluation.content import PHONE_ERRORS, SPEAKER_FROM
from speechgen.store import LoadedModel, load_model, resolve_model


@pytest.fixture(scope="module")
def converter() -> LoadedModel:
    return load_model(resolve_model("converter-small", "synthesize"))


@pytest.fixture(scope="module")
def tree(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three voices that were not trained on, three utterances each, one folder a speaker."""
    root = tmp_path_factory.mktemp("voices")
    for path in sorted((corpora / "librispeech" / "test-other").glob("*.opus")):
        folder = root / path.stem.split("-")[0]
        if folder.is_dir() or len(list(root.iterdir())) < 3:
            folder.mkdir(exist_ok=True)
            if len(list(folder.iterdir())) < 3:
                (folder / path.name).symlink_to(path)
    return root


def test_the_mel_tells_the_speaker_and_posteriors_less(converter: LoadedModel, tree: Path) -> None:
    found = score_content(converter, tree)
    mean = found["mean"]
    assert PHONE_ERRORS not in mean  # nobody said what is said
    assert mean[SPEAKER_FROM + "mel"] > 0.8
    assert mean[SPEAKER_FROM + "posteriors"] < mean[SPEAKER_FROM + "mel"] - 0.1
    assert 0 < mean[SPEAKER_FROM + "chance"] < 0.7
    assert not found["failed"] and found["context"]["kind"] == "content"


def test_errors_are_counted_for_each_phone_said(
    converter: LoadedModel, corpora: Path, tmp_path: Path
) -> None:
    pytest.importorskip("gruut", reason="phones of a text come from gruut")
    from speechgen.data import write_phones

    prompts = dict(
        line.split(" ", 1) for line in (corpora / "arctic" / "prompts.txt").read_text().splitlines()
    )
    rows = [
        (f"{voice}-{name}", voice, name) for voice in ("bdl", "slt") for name in ("a0011", "a0023")
    ]
    lines: dict[str, list[str]] = {"wav.scp": [], "utt2spk": [], "text": []}
    for key, voice, name in rows:
        path = corpora / "arctic" / voice / f"arctic_{name}.flac"
        assert len(read_mono(path, 16000))
        lines["wav.scp"].append(f"{key} {path}")
        lines["utt2spk"].append(f"{key} {voice}")
        lines["text"].append(f"{key} {prompts[f'arctic_{name}'].strip()}")
    for file, content in lines.items():
        (tmp_path / file).write_text("\n".join(content) + "\n")
    (tmp_path / "spk2utt").write_text("".join(f"{v} {v}-a0011 {v}-a0023\n" for v in ("bdl", "slt")))
    write_phones(tmp_path)
    found = score_content(converter, tmp_path)
    assert 0.02 < found["mean"][PHONE_ERRORS] < 0.4
    assert set(found["files"]) == {key for key, _, _ in rows}


def test_models_without_phones_and_one_speaker_are_refused(
    converter: LoadedModel, tree: Path, tmp_path: Path
) -> None:
    encoder = load_model(resolve_model("speaker-ecapa", "embed"))
    with pytest.raises(ModelError, match="recognises no phones"):
        score_content(encoder, tree)
    only = tmp_path / "one"
    only.mkdir()
    shutil.copytree(next(tree.iterdir()), only / "somebody")
    with pytest.raises(DataError, match="two speakers"):
        score_content(converter, only)
