"""``prepare``, ``validate``, ``info`` and ``models`` on real files."""

from __future__ import annotations

import shutil

import numpy as np

from speechgen.data import SpeakerVectors, save_vectors
from speechgen.data.pictures import write_png
from speechgen.images.data.dataset import ImageSet, save_images


def test_prepare_tree_then_validate(run, speech, tmp_path):
    data = tmp_path / "data"
    made = run("prepare", "tree", speech, "--output", data)
    assert made.status == 0
    assert "6 utterances, 2 speakers" in made.out
    checked = run("validate", data)
    assert checked.status == 0
    assert checked.err == ""
    assert "good" in checked.out
    assert len((data / "wav.scp").read_text().splitlines()) == 6
    assert (data / "spk2utt").read_text().splitlines()[0].startswith("ann ")


def test_auto_equals_the_subcommand_of_the_layout(run, speech, tmp_path):
    for verb, name in (("auto", "one"), ("tree", "two")):
        assert run("prepare", verb, speech, "--output", tmp_path / name).status == 0
    for table in ("wav.scp", "utt2spk", "spk2utt"):
        assert (tmp_path / "one" / table).read_text() == (tmp_path / "two" / table).read_text()


def test_validate_lists_every_problem_with_its_line(run, speech, tmp_path):
    data = tmp_path / "data"
    run("prepare", "tree", speech, "--output", data)
    lines = (data / "utt2spk").read_text().splitlines()
    lines[0], lines[1] = lines[1], lines[0]
    (data / "utt2spk").write_text("\n".join(lines) + "\n")
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    with (data / "wav.scp").open("a") as file:
        file.write(f"zoe_1 {tmp_path}/gone/zoe_1.wav\n")
    outcome = run("validate", data)
    assert outcome.status == 1
    assert "utt2spk:2" in outcome.out + outcome.err
    assert "wav.scp:7" in outcome.out + outcome.err
    assert "Traceback" not in outcome.err
    assert run("validate", data, tmp_path / "none").status == 1


def test_split_of_few_speakers_shares_no_sentence(run, speech, tmp_path):
    data, parts = tmp_path / "data", tmp_path / "parts"
    run("prepare", "tree", speech, "--output", data)
    command = ("prepare", "split", data, "--output", parts, "--valid", 1, "--test", 1)
    outcome = run(*command)
    assert outcome.status == 0
    assert "2 speakers; --valid and --test count sentences, of which there are 3" in outcome.out
    said = run(*command, "--by", "sentence")
    assert said.status == 0 and "count sentences" not in said.out
    sides: dict[str, set[str]] = {}
    for part in ("train", "valid", "test"):
        assert run("validate", parts / part).status == 0
        for line in (parts / part / "wav.scp").read_text().splitlines():
            sentence = line.split()[0].rpartition("_")[2]
            sides.setdefault(sentence, set()).add(part)
    assert len(sides) == 3
    assert all(len(parts) == 1 for parts in sides.values())


def test_split_tests_with_what_a_file_names(run, speech, tmp_path):
    data, parts, names = tmp_path / "data", tmp_path / "parts", tmp_path / "names"
    run("prepare", "tree", speech, "--output", data)
    names.write_text("# a sentence of the corpus\n1\n\n")
    command = ("prepare", "split", data, "--output", parts, "--valid", 1, "--test", 0.5)
    outcome = run(*command, "--held-out", names)
    assert outcome.status == 0 and f"{names}: 2 utterances" in outcome.out
    tested = (parts / "test" / "wav.scp").read_text().splitlines()
    assert len(tested) == 2 and all(line.split()[0].endswith("_1") for line in tested)
    (tmp_path / "nothing").write_text("# only a comment\n")
    for wrong in (
        (*command, "--held-out", tmp_path / "nothing"),
        (*command, "--held-out", tmp_path),
        (*command, "--held-out", names, "--by", "noise"),
    ):
        refused = run(*wrong)
        assert refused.status == 1 and len(refused.err.splitlines()) == 1


def test_paired_and_mixed_data(run, speech, voice, write, tmp_path):
    for name in ("one", "two"):
        write(tmp_path / "pairs" / "clean" / f"{name}.wav", voice(1.0))
        write(tmp_path / "pairs" / "noisy" / f"{name}.wav", voice(1.0, seed=3))
        write(tmp_path / "noise" / "hum" / f"{name}.wav", voice(2.0, pitch_hz=50, seed=4))
    assert run("prepare", "paired", tmp_path / "pairs", "--output", tmp_path / "p").status == 0
    assert (tmp_path / "p" / "noisy.scp").exists()
    assert run("prepare", "noise", tmp_path / "noise", "--output", tmp_path / "n").status == 0
    assert run("prepare", "tree", speech, "--output", tmp_path / "c").status == 0
    mixed = run(
        "prepare", "mix", tmp_path / "c", "--noise", tmp_path / "n", "--output", tmp_path / "m",
        "--snrs-db", "0,10", "--count", 4,
    )  # fmt: skip
    assert mixed.status == 0
    assert "4 utterances" in mixed.out
    assert run("validate", tmp_path / "p", tmp_path / "n", tmp_path / "m").status == 0


def test_info_describes_files_and_folders(run, speech, tiny, tmp_path):
    run("prepare", "tree", speech, "--output", tmp_path)
    sound = run("info", speech / "ann/ann_0.wav")
    assert "16000 Hz" in sound.out
    assert "PCM_16" in sound.out
    assert "1.600 s" in sound.out
    assert "a folder of sound files" in run("info", speech).out
    data = run("info", tmp_path)
    assert "a data directory" in data.out
    model = run("info", tiny["wavenet"])
    assert "a model directory: wavenet, to synthesize" in model.out
    assert "hop_samples=160" in model.out
    everything = run("info", speech / "ann/ann_0.wav", tmp_path, tiny["segan"])
    assert [line[2:].split()[0] for line in everything.out.splitlines()].count("is") == 3


def test_info_without_an_argument_describes_the_machine(run):
    import torch

    shown = run("info")
    assert shown.status == 0
    assert torch.__version__ in shown.out


def test_models_shows_every_entry_below_its_family(run):
    from speechgen.registry import ENTRIES

    shown = run("models")
    assert shown.status == 0
    for entry in ENTRIES.values():
        assert entry.name in shown.out
        for family in entry.family:
            assert shown.out.index(family) < shown.out.index(f"{entry.name}:")


def test_info_knows_pictures_and_arrays(run, tmp_path):
    pixels = np.random.default_rng(0).random((3, 5, 7))
    write_png(tmp_path / "colour.png", pixels)
    write_png(tmp_path / "grey.png", pixels[:1])
    rows = np.zeros((4, 3), dtype=np.float32)
    save_vectors(tmp_path / "voices.npz", SpeakerVectors(tuple("abcd"), tuple("aabb"), rows))
    images = np.zeros((6, 1, 8, 9), dtype=np.uint8)
    save_images(tmp_path / "images.npz", ImageSet(images, np.arange(6)))
    np.savez(tmp_path / "other.npz", a=np.zeros(2), b=3)
    np.savez(tmp_path / "runs.npz", np.array([object()]))
    np.save(tmp_path / "plain.npy", rows)
    names = ("colour.png", "grey.png", "voices.npz", "images.npz", "other.npz", "plain.npy")
    outcome = run("info", *(tmp_path / name for name in names))
    assert outcome.status == 0
    shown = [" ".join(line.split()) for line in outcome.out.splitlines()]
    for line in (
        "is a picture", "size 7 x 5 pixels", "colour yes", "colour no, grey",
        "vectors 4 of 3 features", "array vectors float32, 4 x 3",
        "images 6, 9 x 8 pixels, grey", "array b int64, one value", "array float32, 4 x 3",
    ):  # fmt: skip
        assert line in shown
    for name in ("bad.npz", "bad.npy", "bad.png"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 no such thing")
    for name in ("bad.npz", "bad.npy", "bad.png", "runs.npz"):
        bad = run("info", tmp_path / name)
        assert bad.status == 1 and len(bad.error_lines) == 1


def test_prepare_shards_then_validate(run, speech, tmp_path):
    data, shards = tmp_path / "data", tmp_path / "shards"
    run("prepare", "tree", speech, "--output", data)
    made = run("prepare", "shards", data, "--output", shards, "--shard-mib", 0.05)
    assert made.status == 0
    assert "6 utterances" in made.out and "2 speakers" in made.out
    assert "good, 6 utterances, 2 speakers" in run("validate", shards).out
    for name in ("shards.json", "speakers.npy", "shard-000000.npz"):
        (shards / name).unlink()
    assert run("prepare", "index", shards).out == made.out
    with (shards / "shard-000000.tar").open("r+b") as file:
        file.write(b"x")
    for outcome in (run("validate", shards), run("prepare", "index", shards)):
        assert outcome.status == 1 and "shard-000000.tar: is no tar" in outcome.err
        assert len(outcome.err.splitlines()) == 1


def test_urls_of_shards_stay_urls(run, refused, speech, tmp_path):
    data, shards = tmp_path / "data", tmp_path / "shards"
    run("prepare", "tree", speech, "--output", data)
    run("prepare", "shards", data, "--output", shards)
    url = shards.absolute().as_uri()  # file://, which fsspec knows as it knows https://
    assert run("validate", url).out == f"{url}: good, 6 utterances, 2 speakers\n"
    (shards / "shard-000000.tar").write_bytes(b"")
    assert f"{url}/shard-000000.tar: is cut short" in refused("validate", url)
    assert f"{url}: is a URL; index" in refused("prepare", "index", url)
    assert f"{url}/b: is a URL; write" in refused("prepare", "shards", data, "--output", f"{url}/b")
