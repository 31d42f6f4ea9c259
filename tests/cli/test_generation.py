"""sample, interpolate, inpaint, reconstruct and score images on models of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from speechgen.data.pictures import read_png
from speechgen.images.data.dataset import ImageSet, digits, load_images, save_images
from speechgen.registry import build
from speechgen.store import ModelConfig, save_model

KINDS: dict[str, dict[str, Any]] = {
    "gated_pixelcnn": {"blocks": 2, "channels": 4, "num_classes": 10},
    "vae": {"hidden": [8], "latent": 2},
    "conditional_vae": {"num_classes": 10, "hidden": [8], "latent": 3},
    "dcgan": {"channels": 4, "latent_size": 6},
    "rbm": {"hidden_units": 5},
    "autoencoder": {},
    "srgan": {"channels": 4, "blocks": 1},
    "classifier": {},
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Directories of untrained models of 8x8 images (vae1d: of sound)."""
    torch.manual_seed(0)
    root, made = tmp_path_factory.mktemp("models"), {}
    audio = {"sample_rate": 8000, "strides": [4, 4], "channels": [4, 4], "latent": 2}
    for name, arguments in {**KINDS, "vae1d": audio}.items():
        if name != "vae1d":
            arguments = {"image_shape": [1, 8, 8], **arguments}
        task = "classify" if name == "classifier" else "generate"
        made[name] = root / name
        config = ModelConfig(name, task, arguments, {}, {})
        save_model(made[name], build(name, arguments).eval(), config, "# card\n")
    return made


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("images") / "test.npz"
    save_images(path, digits().take(slice(24)))
    return path


@pytest.mark.parametrize("name", ["gated_pixelcnn", "vae", "conditional_vae", "dcgan", "rbm"])
def test_samples_are_written_as_a_set_or_a_grid_and_repeat_for_a_seed(run, models, tmp_path, name):
    for output in ("a.npz", "b.npz"):
        words = ["--model", models[name], "--num", 12, "--output", tmp_path / output]
        assert run("sample", *words, "--seed", 3).status == 0
    first, again = (load_images(tmp_path / output) for output in ("a.npz", "b.npz"))
    assert first.images.shape == (12, 1, 8, 8)
    np.testing.assert_array_equal(first.images, again.images)
    if "num_classes" in KINDS[name]:
        np.testing.assert_array_equal(first.labels, np.arange(12) % 10)
    grid = tmp_path / "grid.png"
    assert run("sample", "--model", models[name], "--num", 4, "--output", grid).status == 0
    assert read_png(grid).shape[1] >= 2 * 9 + 1


def test_a_class_can_be_chosen_and_an_unknown_one_is_refused(run, refused, models, tmp_path):
    words = ["sample", "--model", models["conditional_vae"], "--num", 3]
    assert run(*words, "--label", 7, "--output", tmp_path / "sevens.npz").status == 0
    assert set(load_images(tmp_path / "sevens.npz").labels) == {7}
    assert "0 to 9" in refused(*words, "--label", 10, "--output", tmp_path / "x.npz")
    words = ["sample", "--model", models["vae"], "--label", 1, "--output", tmp_path / "x.npz"]
    assert "no labels" in refused(*words)
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize("name", ["gated_pixelcnn", "rbm"])
def test_inpainting_keeps_known_pixels_exactly(run, models, held_out, tmp_path, name):
    output = tmp_path / "made.npz"
    words = ["inpaint", held_out, "--model", models[name], "--binarise", "threshold"]
    words += ["--hidden", "left", "--first", 5, "--draws", 3, "--output", output]
    assert run(*words).status == 0
    made = load_images(output)
    given = (digits().images[:5] >= 127.5).astype(np.uint8) * 255
    np.testing.assert_array_equal(made.images[..., 4:], np.tile(given, (3, 1, 1, 1))[..., 4:])
    draws = made.images.reshape(3, 5, 8, 8)
    assert (draws[0] != draws[1]).any()


@pytest.mark.parametrize("name", ["vae", "conditional_vae", "autoencoder", "rbm", "srgan"])
def test_reconstructions_stand_below_what_was_given(run, models, held_out, tmp_path, name):
    output = tmp_path / "pairs.png"
    words = ["reconstruct", held_out, "--model", models[name], "--first", 6, "--output", output]
    outcome = run(*words)
    assert outcome.status == 0, outcome.err
    assert read_png(output).shape[2] > read_png(output).shape[1]


def test_interpolations_end_at_the_reconstructions(run, models, held_out, tmp_path):
    between, pairs = tmp_path / "between.npz", tmp_path / "pairs.npz"
    words = ["--model", models["vae"], "--output"]
    options = ["--from", held_out, "--pairs", 2, "--steps", 5]
    assert run("interpolate", *words, between, *options).status == 0
    assert run("reconstruct", held_out, *words, pairs, "--first", 4).status == 0
    rows = load_images(between).images.reshape(2, 5, 8, 8)
    ends = load_images(pairs).images[:, 0]
    np.testing.assert_array_equal(rows[:, 0], ends[:2])
    np.testing.assert_array_equal(rows[:, -1], ends[2:])


def test_generators_without_an_encoder_interpolate_random_latents(run, models, tmp_path):
    words = ["interpolate", "--model", models["dcgan"], "--kind", "spherical", "--pairs", 2]
    assert run(*words, "--output", tmp_path / "between.png").status == 0
    assert run("sample", "--model", models["vae"], "--manifold", 4, "--output",
               tmp_path / "manifold.png").status == 0  # fmt: skip


def test_what_a_model_cannot_do_is_said_in_a_line(refused, models, held_out, tmp_path):
    output = tmp_path / "x.png"
    line = refused("inpaint", held_out, "--model", models["vae"], "--output", output)
    assert "VAE cannot inpaint" in line and "sample" in line
    assert "cannot sample" in refused("sample", "--model", models["srgan"], "--output", output)
    line = refused("interpolate", "--model", models["autoencoder"], "--output", output)
    assert "no prior" in line and "give images" in line
    assert "classify" in refused("sample", "--model", models["classifier"], "--output", output)
    assert ".npz" in refused("sample", "--model", models["vae"], "--output", tmp_path / "x.jpg")
    line = refused("reconstruct", tmp_path / "no.npz", "--model", models["vae"], "--output", output)
    assert "no such file" in line


@pytest.mark.parametrize("spoil", ["text", "empty", "pickle", "wrong"])
def test_bad_sets_of_images_are_refused(refused, models, tmp_path, spoil):
    path = tmp_path / "bad.npz"
    if spoil == "text":
        path.write_text("not a set")
    elif spoil == "empty":
        path.write_bytes(b"")
    elif spoil == "pickle":
        np.savez(path, images=np.array([{"a": 1}], object), labels=np.zeros(1, int))
    else:
        np.savez(path, images=np.zeros((3, 8, 8), np.float32), labels=np.zeros(3, int))
    words = ["reconstruct", path, "--model", models["vae"], "--output", tmp_path / "x.png"]
    assert "bad.npz" in refused(*words)
    assert not (tmp_path / "x.png").exists()


def test_scores_name_their_estimator(run, models, held_out, tmp_path):
    expected = {"gated_pixelcnn": "exact", "vae": "importance", "rbm": "exact", "dcgan": "none"}
    for name, words in expected.items():
        target = tmp_path / f"{name}.json"
        options = ["--data", held_out, "--binarise", "static", "--classifier", models["classifier"]]
        options += ["--num", 20, "--importance-samples", 8, "--json", target]
        outcome = run("score", "images", "--model", models[name], *options)
        assert outcome.status == 0, outcome.err
        result = json.loads(target.read_text())
        assert words in result["context"]["estimator"]
        assert ("nll_nats" in result["mean"]) is (name != "dcgan")
        assert result["mean"]["frechet_distance"] >= 0
        if name == "vae":
            assert result["mean"]["nll_nats"] <= result["mean"]["negative_elbo_nats"]
    assert run("score", "report", "--exp", tmp_path).status == 0
    text = (tmp_path / "RESULTS.md").read_text()
    assert "statically binarised" in text and "exact" in text


def test_the_gallery_has_a_picture_for_each_ability(run, models, held_out, tmp_path):
    for name in ("gated_pixelcnn", "vae", "srgan", "dcgan", "rbm", "autoencoder"):
        words = ["--model", models[name], "--data", held_out, "--gallery", tmp_path]
        assert run("score", "images", *words, "--system", name).status == 0
    shown = {path.stem for path in tmp_path.glob("*.png")}
    assert shown >= {
        "gated_pixelcnn_samples", "gated_pixelcnn_inpaintings", "vae_samples", "vae_manifold",
        "vae_reconstructions", "vae_interpolations", "vae_latents", "srgan_larger",
        "dcgan_samples", "dcgan_interpolations",
    }  # fmt: skip


def test_speech_is_reconstructed_sampled_and_interpolated(
    run, refused, models, voice, write, tmp_path
):
    waves = [write(tmp_path / f"{n}.wav", voice(0.2 + 0.1 * n, rate=8000, seed=n), 8000)
             for n in range(2)]  # fmt: skip
    model = ["--model", models["vae1d"]]
    copy = tmp_path / "copy.wav"
    assert run("reconstruct", waves[0], *model, "--output", copy).status == 0
    assert soundfile.info(copy).frames == soundfile.info(waves[0]).frames
    made = tmp_path / "made.wav"
    assert run("sample", *model, "--seconds", 0.5, "--output", made).status == 0
    assert soundfile.info(made).frames == 4000
    steps = tmp_path / "steps"
    options = ["--from", waves[0], "--from", waves[1], "--steps", 3]
    assert run("interpolate", *model, *options, "--output", steps).status == 0
    assert (steps / "00.wav").read_bytes() == copy.read_bytes()
    assert [path.name for path in sorted(steps.iterdir())] == ["00.wav", "01.wav", "02.wav"]
    assert "voices" in refused("sample", *model, "--speaker", "ann", "--output", tmp_path / "x.wav")
    assert "is not an image model" in refused("inpaint", waves[0], *model, "--output",
                                           tmp_path / "x.png")  # fmt: skip


def test_digits_and_mnist_become_sets_of_images(run, refused, tmp_path, corpora):
    assert run("prepare", "digits", "--output", tmp_path / "digits").status == 0
    parts = [load_images(tmp_path / "digits" / f"{n}.npz") for n in ("train", "valid", "test")]
    assert [len(part) for part in parts] == [1300, 200, 297]
    pictures = {image.tobytes() for part in parts for image in part.images}
    assert len(pictures) >= 1790  # none is in two parts
    assert "mnist" in refused("prepare", "mnist", tmp_path, "--output", tmp_path / "m").lower()
    outcome = run("prepare", "mnist", corpora / "images", "--output", tmp_path / "m")
    assert outcome.status == 0, outcome.err
    assert load_images(tmp_path / "m" / "test.npz").images.shape == (10000, 1, 28, 28)


def test_pictures_can_be_inpainted_too(run, models, tmp_path):
    from speechgen.data.pictures import write_png

    picture = tmp_path / "one.png"
    write_png(picture, digits().images[3] / 255.0)
    words = ["inpaint", picture, "--model", models["rbm"], "--output", tmp_path / "whole.png"]
    assert run(*words).status == 0


def test_sets_of_images_are_checked():
    with pytest.raises(Exception, match="uint8"):
        ImageSet(np.zeros((2, 8, 8), np.uint8), np.zeros(2, np.int64))
