"""``speechgen score likelihood``, ``synthesis``, ``speakers`` and ``content``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import Device, Json, load_for
from speechgen.cli.score_options import (
    Data,
    Encoder,
    Jobs,
    Limit,
    Model,
    Reference,
    Seed,
    System,
    Vectors,
)
from speechgen.cli.show_scores import report_likelihoods, report_scores

LIKELIHOOD_EXAMPLES = [
    "speechgen score likelihood --data exp/data/test --limit 20 --json bits.json",
    "speechgen score likelihood --model exp/wavenet --data exp/data/test \\",
    "    --vectors exp/test_vectors.npz",
    "speechgen score likelihood --data exp/data/test --model exp/categorical \\",
    "    --model exp/logistic --json exp/outputs.json",
]
SYNTHESIS_EXAMPLES = [
    "speechgen score synthesis --reference exp/data/test --estimate exp/samples",
    "speechgen score synthesis --reference exp/data/test --estimate exp/data/test \\",
    "    --system recordings",
    "speechgen score synthesis --reference exp/data/test --mean-of exp/data/train",
]
SPEAKERS_EXAMPLES = [
    "speechgen score speakers --data exp/data/test --json eer.json --map voices.png",
    "speechgen score speakers --data recordings --model exp/encoder",
]
CONTENT_EXAMPLES = [
    "speechgen prepare phones exp/data/test",
    "speechgen score content --data exp/data/test --json phones.json",
]


def likelihood(
    data: Data,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model directory or the name of a shipped model; give it more than once to "
            "compare models.",
            metavar="DIR",
        ),
    ] = None,
    vectors: Vectors = None,
    limit: Limit = None,
    seed: Seed = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Held-out bits per sample of a WaveNet, with right and with wrong conditions; lower is better.

    With another speaker's vector, or another utterance's content, a model that uses its conditions
    does worse: the mean paired difference is shown with its 95 % bootstrap interval.

    right and the other conditions are in the model's own units: bits of a mu-law class or of a
    level; of a density, which may be negative, where the output is Gaussian. These cannot be
    compared among output distributions. nats_16bit and bits_16bit, under right conditions, can:
    they are -log of the probability of each 16-bit number of the recording, the mass that the model
    gives to the interval of values that the number stands for. They are more than the own bits of a
    coarse scale, by the resolution that it leaves open: the class's bits plus log2 of (width of the
    class / width of the number's interval), since a class's probability is spread evenly over it;
    and for a density, -log2 p - log2(width of the interval).

    Utterances are worked through one by one and whole, so that neither batches nor padding nor the
    length of the pieces matters. Several --model are put side by side on the 16-bit grid, with
    their paired differences to the first.
    """
    from speechgen.evaluation import score_likelihood, score_likelihoods
    from speechgen.store import choose_device

    device = str(choose_device(device))
    if model is None or len(model) == 1:
        one = model[0] if model else None
        report_scores(
            score_likelihood(one, data, vectors, limit=limit, seed=seed, device=device), json
        )
    else:
        report_likelihoods(
            score_likelihoods(model, data, vectors, limit=limit, seed=seed, device=device), json
        )


def synthesis(
    reference: Reference,
    estimate: Annotated[
        Path | None, typer.Option(help="Folder of UTTERANCE__as__SPEAKER.wav.", metavar="DIR")
    ] = None,
    mean_of: Annotated[
        Path | None,
        typer.Option(
            help="In place of --estimate: the mean spectrum of this data directory.", metavar="DIR"
        ),
    ] = None,
    encoder: Encoder = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="A further measure, by a model of others (pip install 'speechgen\\[eval]'): "
            "dnsmos, wer or similarity; give it more than once, or all, or installed: those whose "
            "packages are there.",
            metavar="NAME",
        ),
    ] = None,
    pitch: Annotated[
        str,
        typer.Option(
            help="What finds F0: yin, or pyin, the reference, which takes 25 times as long.",
            metavar="NAME",
        ),
    ] = "yin",
    lowest_f0: Annotated[
        float,
        typer.Option(
            help="Where F0 is lower, a frame counts as unvoiced in both; 65 leaves out the hum of "
            "mains, which trackers find at 60 Hz, the lower end of their range.",
            metavar="HZ",
        ),
    ] = 0.0,
    like: Annotated[
        Path | None,
        typer.Option(
            help="Only the utterances that this folder has a file of, such as copies of some of "
            "the recordings.",
            metavar="DIR",
        ),
    ] = None,
    jobs: Jobs = 0,
    model: Model = None,
    system: System = "",
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Mel-cepstral distortion (dB), F0 error and speaker similarity of synthesised speech.

    MCD, F0 RMSE (cents) and voicing error compare an utterance in its own voice with the recording;
    lower is better. SPTK MCD is that of the mel-cepstra that many papers use. F0 correlation is
    that of log F0, and the median F0 RMSE that of the file in the middle, which octave errors in a
    few files do not move. Speaker similarity is the cosine with the voice asked for; higher is
    better. --model only names the synthesiser in the report.

    --measure dnsmos is the rating that DNSMOS P.808 predicts (1 to 5), --measure wer the word error
    rate of PocketSphinx against the file text of REFERENCE, and --measure similarity that of
    Resemblyzer's speaker vectors. They mishear recordings, too: score these with the same command,
    as the row to compare with.
    """
    from speechgen.errors import ConfigError
    from speechgen.evaluation import score_mean_spectrum, score_synthesis
    from speechgen.metrics.listening import choose_measures

    if estimate is not None and mean_of is None:
        measures = choose_measures(measure or [], texts=(reference / "text").is_file())
        network = load_for("embed", encoder, device)
        result = score_synthesis(
            reference,
            estimate,
            network,
            measures=measures,
            pitch=pitch,
            lowest_f0_hz=lowest_f0,
            like=like,
            jobs=jobs,
            system=system,
            model=model,
        )
    elif mean_of is None or estimate is not None:
        raise ConfigError("give --estimate DIR or --mean-of DIR, one of the two")
    elif measure or pitch != "yin" or lowest_f0 or like is not None:
        raise ConfigError(
            "--measure, --pitch, --lowest-f0 and --like are for sounds, which --mean-of has not; "
            "leave it or them out"
        )
    else:
        result = score_mean_spectrum(reference, mean_of)
    report_scores(result, json)


def speakers(
    data: Annotated[
        Path,
        typer.Option(
            help="Data directory, or folder with a folder for each speaker.", metavar="DIR"
        ),
    ],
    model: Model = None,
    voice_map: Annotated[
        Path | None,
        typer.Option(
            "--map",
            help="Picture to draw: a point for each utterance, a colour for each speaker.",
            metavar="PNG",
        ),
    ] = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Equal error rate of a speaker encoder over all pairs of utterances; lower is better.

    Beside it minDCF, the least detection cost of NIST's speaker recognition evaluations (target
    prior 0.01, costs of 1; 1 is what rejecting everyone costs), the same two of the cosine of mel
    statistics (mean and deviation of the log-mel spectrum), for which nothing was learned, and the
    mean cosines within and between speakers. The map is a t-SNE of the vectors.
    """
    from speechgen.evaluation import score_speakers
    from speechgen.files import check_writable
    from speechgen.store import load_model, resolve_model

    if voice_map is not None:
        check_writable(voice_map)
    directory = resolve_model(model, "embed")
    encoder: Any = load_model(directory, device=device).model
    result, vectors = score_speakers(encoder, data, model=directory)
    if voice_map is not None:
        from speechgen.reporting.voice_map import draw_voice_map

        draw_voice_map(vectors, voice_map)
    report_scores(result, json)


def content(
    data: Annotated[
        Path,
        typer.Option(
            help="Data directory, or folder with a folder for each speaker.", metavar="DIR"
        ),
    ],
    model: Model = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """What the content of speech tells: the phones that are said, and of the speaker.

    The phone error rate is that of the likeliest path against the file phones of DATA (speechgen
    prepare phones writes it); lower is better. Linear probes learn to name the speaker from mean
    and deviation over a second of the recogniser's narrow layer, of its posteriors, of normalised
    cepstra and of the mel, on every other utterance of each speaker, and are tested with the rest:
    the nearer to chance, the less of the voice is in it. --model is a phone_recogniser or a
    voice_converter, which has one inside.
    """
    from speechgen.evaluation import score_content
    from speechgen.store import load_model, resolve_model

    loaded = load_model(resolve_model(model, "synthesize"), device=device)
    report_scores(score_content(loaded, data), json)
