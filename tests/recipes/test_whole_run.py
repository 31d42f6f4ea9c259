"""All recipes from a corpus to RESULTS.md, with a handful of training steps."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("espeakng_loader") is None, reason="the extra mini is missing"
    ),
]


def run(script: Path, *words: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(script), "--nj", "1", "--ngpu", "0", *words],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from speechgen.data.corpora.mini import generate_mini

    return generate_mini(tmp_path_factory.mktemp("run") / "the corpus", voices=4, sentences=12)


TINY = [
    *("--utterances", "2", "--scored", "2", "--", "trainer.max_steps=2"),
    "trainer.validation_items=2",
    *(f"{name}:data.batch_size=2" for name in ("recogniser", "converter", "wavenet")),
    *(f"wavenet:model.arguments.{name}" for name in ("stacks=1", "layers_per_stack=3")),
    *("wavenet:init_from=null", "wavenet:data.throats=0"),
    *(f"recogniser:model.arguments.{name}=16" for name in ("channels", "hidden_channels")),
    "recogniser:model.arguments.recurrent_channels=16",
    *("speaker:model.arguments.channels=32", "speaker:model.arguments.pooled_channels=32"),
    *(f"converter:model.arguments.{name}" for name in ("channels=16", "hidden_channels=16")),
]


def test_synthesize(repository: Path, corpus: Path, tmp_path: Path) -> None:
    exp = tmp_path / "an exp"
    words = ["--data-root", str(corpus), "--exp", str(exp), "--system", "both"]
    words += TINY
    pytest.importorskip("gruut", reason="the extra text is missing")
    script = repository / "recipes" / "synthesize" / "run.sh"
    output = run(script, *words)
    for system in ("converter", "wavenet", "shipped"):
        assert len(list((exp / "synthesize" / "made" / system).glob("*__as__*.wav"))) == 4
    assert list((exp / "synthesize" / "figures").glob("*.png"))
    assert list((exp / "synthesize" / "samples").glob("*__converter.wav"))
    assert "listen to:" in output and "look at:" in output
    text = (exp / "RESULTS.md").read_text()
    for said in ("mean spectrum", "other speaker", "EER", "| converter |", "| converter-small |"):
        assert said in text
    again = run(script, *words)
    assert again.count("done already") == output.count(" reads ")


def test_synthesize_without_texts(repository: Path, corpus: Path, tmp_path: Path) -> None:
    """The recogniser is that of the shipped converter, and none is trained."""
    exp, speech = tmp_path / "an exp", tmp_path / "speech"
    for path in (corpus / "wav48_silence_trimmed").rglob("*.flac"):
        target = speech / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    words = ["--data-root", str(speech), "--exp", str(exp), "--stop-stage", "4", *TINY]
    output = run(repository / "recipes" / "synthesize" / "run.sh", *words)
    assert "the recogniser is the one inside converter-small" in output
    assert not (exp / "synthesize" / "recogniser").exists()
    assert (exp / "synthesize" / "converter" / "model" / "model.safetensors").is_file()


def test_vocode(repository: Path, corpus: Path, tmp_path: Path) -> None:
    exp = tmp_path / "an exp"
    words = ["--data-root", str(corpus), "--exp", str(exp), "--utterances", "2", "--scored", "2"]
    words += ["--shown", "1", "--", "trainer.max_steps=3", "trainer.validation_items=2"]
    words += ["data.batch_size=1", "parallel:objective.schedule.warm_up_steps=1"]
    for system in ("wavenet", "parallel"):
        words += [f"{system}:model.arguments.{name}" for name in ("stacks=1", "layers_per_stack=3")]
    words += ["harmonic:model.arguments={channels: 8, hidden_channels: 8, blocks: 1}"]
    words += ["harmonic:objective.schedule.warm_up_steps=1"]
    script = repository / "recipes" / "vocode" / "run.sh"
    output = run(script, *words)
    work = exp / "vocode"
    systems = ("wavenet", "harmonic", "parallel")
    for system in (*systems, *(f"{name}_untrained" for name in systems), "wavenet_filtered"):
        assert len(list((work / "copies" / system).glob("*__as__*.wav"))) == 2
        assert (work / "copies" / system / "synthesis.json").is_file()
    heard = [path.stem.rpartition("__")[2] for path in (work / "samples").iterdir()]
    assert sorted(heard) == ["harmonic", "parallel", "recorded", "wavenet", "wavenet_filtered"]
    assert len(list((work / "figures").glob("*.png"))) == 1
    text = (exp / "RESULTS.md").read_text()
    assert "mean spectrum" in text and "bits per sample" in text and "real-time factor" in text
    assert "| Parallel WaveGAN |" in text and "| Parallel WaveGAN, untrained |" in text
    again = run(script, *words)
    assert again.count("done already") == output.count(" reads ")


def test_latent(repository: Path, corpus: Path, tmp_path: Path) -> None:
    exp = tmp_path / "an exp"
    words = ["--data-root", str(corpus), "--exp", str(exp), "--scored", "3", "--shown", "2"]
    words += ["--", "trainer.max_steps=3", "trainer.validation_items=2", "data.batch_size=1"]
    words += ["model.arguments={strides: [8, 8, 5], channels: [4, 6, 8], dilations: [1]}"]
    judge = "objective.discriminator.arguments={windows: [64], periods: [2], channels: 4}"
    words += [f"gan:{judge}", f"longer:{judge}"]
    script = repository / "recipes" / "latent" / "run.sh"
    output = run(script, *words)
    work = exp / "latent"
    for system in ("vae", "longer", "gan"):
        assert len(list((work / "reconstructions" / system).glob("*.wav"))) == 3
        assert (work / "results" / f"{system}.json").is_file()
    heard = [path.stem.rpartition("__")[2] for path in (work / "samples").iterdir()]
    assert sorted(word for word in heard if not word.startswith(("as_", "draw_"))) == [
        *("0.00", "0.25", "0.50", "0.75", "1.00"),
        *("gan", "gan", "recorded", "recorded", "vae", "vae"),
    ]
    assert len(list((work / "figures").glob("*.png"))) == 4
    text = (exp / "RESULTS.md").read_text()
    assert "| phase two, against discriminators, less phase one |" in text
    assert "another's vector" in text and "rate (bit/s)" in text
    again = run(script, *words)
    assert again.count("done already") == output.count(" reads ")


def test_enhance_with_mixes_and_with_pairs(repository: Path, corpus: Path, tmp_path: Path) -> None:
    script = repository / "recipes" / "enhance" / "run.sh"
    small = ["--", "trainer.max_steps=2", "trainer.validation_items=2", "data.batch_size=2"]
    held_out = repository / "egs" / "vctk" / "local" / "held_out_noises"
    words = ["--data-root", str(corpus), "--noise-root", str(corpus / "noise"), "--test-mixes", "4"]
    words += ["--held-out", str(held_out), "--eval-pairs", str(corpus / "pairs" / "test")]
    exp = tmp_path / "an exp"
    both = ["--systems", "segan=segan causal=spectral_enhancer"]
    run(script, *words, *both, "--exp", str(exp), *small, "causal:model.arguments.blocks=1")
    test_noises = (exp / "enhance" / "data" / "noise" / "test" / "wav.scp").read_text()
    assert "/noise/test/" in test_noises and "/noise/train/" not in test_noises
    train_noises = (exp / "enhance" / "data" / "noise" / "train" / "wav.scp").read_text()
    assert "/noise/test/" not in train_noises
    text = (exp / "RESULTS.md").read_text()
    assert "linear filter" in text and "log-MMSE" in text and "eval-test" in text
    assert "| SEGAN |" in text and "| causal |" in text
    assert len(list((exp / "enhance" / "figures" / "test").glob("*.png"))) == 3
    exp = tmp_path / "pairs"
    packed = repository / "egs" / "voicebank_demand" / "conf"
    chosen = ["--conf", str(packed), "--systems", "segan=voicebank_segan"]
    run(script, "--pairs-root", str(corpus / "pairs"), "--exp", str(exp), *chosen, *small)
    assert "SEGAN" in (exp / "RESULTS.md").read_text()


def test_ablate_on_validation_mixes_alone(repository: Path, corpus: Path, tmp_path: Path) -> None:
    script, rows = repository / "recipes" / "ablate" / "run.sh", tmp_path / "rows"
    folder, exp = repository / "egs" / "enhancer_ablation", tmp_path / "exp"
    rows.write_text("enhancer_base the base\nenhancer_hop_8ms shorter hops\n")
    words = ["--data-root", str(corpus), "--noise-root", str(corpus / "noise"), "--seeds", "0"]
    words += ["--rows", str(rows), "--conf", str(folder / "conf")]
    words += ["--exp", str(exp), "--test-mixes", "2", "--score-on", "valid"]
    run(script, *words, "--", "trainer.max_steps=2", "data.batch_size=2")
    text = (exp / "ablate" / "RESULTS.md").read_text()
    assert "## valid, 2 files" in text and "## test" not in text
    assert "| enhancer_hop_8ms | shorter hops | 1 |" in text
    data = exp / "ablate" / "data"
    noises = {part: (data / "noise" / part / "wav.scp").read_text() for part in ("train", "valid")}
    heard = {part: {line.split()[0] for line in noises[part].splitlines()} for part in noises}
    mixed = (data / "pairs" / "valid" / "pairs.tsv").read_text().splitlines()[1:]
    assert not heard["train"] & heard["valid"]
    assert {line.split("\t")[2] for line in mixed} <= heard["valid"]
    for bad in (["--test-root", str(corpus)], ["--score-on", "train"]):
        refused = subprocess.run(
            ["bash", str(script), *words, *bad], capture_output=True, text=True
        )
        assert refused.returncode != 0 and "--score-on" in refused.stderr


def test_ablate_with_seeds_and_windows_without_overlap(
    repository: Path, corpus: Path, tmp_path: Path
) -> None:
    script, conf = repository / "recipes" / "ablate" / "run.sh", tmp_path / "a conf"
    experiments = repository / "egs" / "segan_ablation" / "conf" / "experiment"
    (conf / "experiment").mkdir(parents=True)
    for name in ("segan_base", "segan_chained"):
        text = (experiments / f"{name}.yaml").read_text()
        (conf / "experiment" / f"{name}.yaml").write_text(text)
    rows, exp = tmp_path / "rows", tmp_path / "an exp"
    rows.write_text(
        "segan_base the base\nsegan_base-no_overlap apart\nsegan_chained two in a row\n"
    )
    words = ["--data-root", str(corpus), "--test-root", str(corpus), "--rows", str(rows)]
    words += ["--noise-root", str(corpus / "noise"), "--conf", str(conf), "--exp", str(exp)]
    words += ["--eval-pairs", str(corpus / "pairs" / "test"), "--test-mixes", "2"]
    small = ["--", "trainer.max_steps=2", "trainer.validation_items=2", "data.batch_size=2"]
    small += ["objective.schedule.warm_up_steps=1"]
    run(script, *words, "--seeds", "0", *small)
    first = (exp / "ablate" / "RESULTS.md").read_text()
    assert "| segan_base | the base | 1 |" in first
    output = run(script, *words, "--seeds", "0,1", *small)
    assert "train_segan_base_0: done already" in output  # nothing is trained twice
    text = (exp / "ablate" / "RESULTS.md").read_text()
    for row in (
        "segan_base | the base",
        "segan_base-no_overlap | apart",
        "segan_chained | two in a row",
    ):
        assert f"| {row} | 2 |" in text
    assert "| noisy | the noisy input | - |" in text and "±" in text
    assert (exp / "ablate" / "results" / "ablation.json").is_file()
    again = run(script, *words, "--seeds", "0,1", *small)
    assert again.count("done already") == output.count("done already") + output.count(" reads ")


def test_copies(repository: Path, corpus: Path, tmp_path: Path) -> None:
    exp = tmp_path / "an exp"
    words = ["--data-root", str(corpus), "--exp", str(exp), "--utterances", "2", "--shown", "1"]
    output = run(repository / "recipes" / "copies" / "run.sh", *words)
    for system in ("vocoder", "vocoder_filtered", "wavenet", "wavenet_filtered"):
        assert len(list((exp / "copies" / "made" / system).glob("*__as__*.wav"))) == 2
    text = (exp / "RESULTS.md").read_text()
    filtered = ("vocoder-small, post-filtered", "wavenet-mel, post-filtered")
    for title in ("recordings", "vocoder-small", "wavenet-mel", *filtered):
        assert f"| {title} |" in text
    scores = (exp / "copies" / "results").glob("*.json")
    assert [len(json.loads(path.read_text())["files"]) for path in scores] == [2] * 5
    assert "listening/index.html" in output


def test_speak(repository: Path, corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("gruut", reason="the extra text is missing")
    exp = tmp_path / "an exp"
    words = ["--data-root", str(corpus), "--exp", str(exp), "--utterances", "2", "--shown", "1"]
    words += ["--conf", str(repository / "egs" / "vctk" / "conf"), "--measure", "none"]
    held_out = tmp_path / "held out"
    held_out.write_text("# one sentence, whoever says it\n002\n")
    words += ["--text-experiment", "mini_text", "--held-out", str(held_out), "--heard", "nothing"]
    words += ["--", "trainer.max_steps=2", "trainer.validation_items=2", "text:data.batch_size=2"]
    script = repository / "recipes" / "speak" / "run.sh"
    output = run(script, *words)
    work = exp / "speak"
    tested = (work / "data" / "test" / "utt2spk").read_text().splitlines()
    assert len(tested) > 1 and all(line.split()[0].endswith("_002") for line in tested)
    for system in ("text", "shipped"):
        made = {path.name for path in (work / "made" / system).glob("*__as__*.wav")}
        assert len(made) == 4 and (work / "made" / system / "synthesis.json").is_file()
    heard, trained = ((work / "data" / part / "text").read_text() for part in ("test", "train"))
    said = {line.split(" ", 1)[1] for line in heard.splitlines()}
    assert said and not said & {line.split(" ", 1)[1] for line in trained.splitlines()}
    assert list((work / "times" / "pictures").glob("*.png"))
    assert (work / "listening" / "index.html").is_file()
    text = (exp / "RESULTS.md").read_text()
    for row in (
        "| recordings |",
        "| text model |",
        "| text-small, which learnt from nothing |",
        "What was said from texts",
    ):
        assert row in text
    again = run(script, *words)
    assert again.count("done already") == output.count(" reads ")
    assert not (exp / "superseded").exists()


def test_speak_digits(repository: Path, corpora: Path, tmp_path: Path) -> None:
    """Digits of two speakers: a classifier that recordings teach names those that are said."""
    from speechgen.data.corpora.fsdd import prepare_fsdd

    pytest.importorskip("gruut", reason="the extra text is missing")
    root, exp = tmp_path / "digits", tmp_path / "an exp"
    root.mkdir()
    for who in ("theo", "lucas"):
        for digit in range(4):
            for index in (0, 5, 7, 8, 9):
                name = f"{digit}_{who}_{index}.flac"
                (root / name).symlink_to(corpora / "fsdd" / name)
    prepare_fsdd(root, tmp_path / "parts")
    conf = repository / "egs" / "fsdd" / "conf"
    words = ["--parts", str(tmp_path / "parts"), "--exp", str(exp), "--conf", str(conf)]
    words += ["--closed-set", "--by-vectors", "--measure", "none", "--voices", "own"]
    words += ["--named", "slt", "--utterances", "8", "--text-experiment", "real_text"]
    words += ["--", "trainer.max_steps=2", "trainer.validation_items=2", "data.batch_size=2"]
    run(repository / "recipes" / "speak" / "run.sh", *words)
    named = json.loads((exp / "speak" / "results" / "named.json").read_text())["results"]
    titles = ["recordings", "text model", "text-small", "text model, as slt"]
    assert [result["context"]["system"] for result in named] == titles
    assert len(list((exp / "speak" / "made" / "named").glob("*__as__slt.wav"))) == 8
    assert "words of a small set" in (exp / "RESULTS.md").read_text()
