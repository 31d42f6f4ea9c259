"""``speechgen score``: numbers for what was enhanced, synthesised or trained."""

from __future__ import annotations

import typer

from speechgen.cli import (
    score_alignment,
    score_closed_set,
    score_curves,
    score_enhancement,
    score_images,
    score_latent,
    score_report,
    score_speech,
)
from speechgen.cli.common import list_examples, verb

app = typer.Typer(
    no_args_is_help=True,
    help="Measure enhanced and synthesised speech, likelihoods, speaker encoders, phone "
    "recognisers, images and latents.\n\n"
    "Files are joined by their id. Silent, too short or unreadable ones go to failed with the "
    "reason and are counted, never averaged; the exit status is then 1. --json writes "
    '{"mean": ..., "files": ..., "failed": ...} with the context of the numbers, and '
    "score report makes RESULTS.md of such files.",
    epilog=list_examples(
        [
            "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
            "speechgen score speakers --data exp/data/test",
            "speechgen score report --exp exp",
        ]
    ),
)

for name, examples, function in (
    ("enhancement", score_enhancement.ENHANCEMENT_EXAMPLES, score_enhancement.enhancement),
    ("enhancer", score_enhancement.ENHANCER_EXAMPLES, score_enhancement.enhancer),
    ("filter", score_enhancement.FILTER_EXAMPLES, score_enhancement.linear_filter),
    ("likelihood", score_speech.LIKELIHOOD_EXAMPLES, score_speech.likelihood),
    ("synthesis", score_speech.SYNTHESIS_EXAMPLES, score_speech.synthesis),
    ("speakers", score_speech.SPEAKERS_EXAMPLES, score_speech.speakers),
    ("content", score_speech.CONTENT_EXAMPLES, score_speech.content),
    ("alignment", score_alignment.EXAMPLES, score_alignment.alignment),
    ("closed-set", score_closed_set.EXAMPLES, score_closed_set.closed_set),
    ("latent", score_latent.LATENT_EXAMPLES, score_latent.latent),
    ("latent-samples", score_latent.SAMPLES_EXAMPLES, score_latent.latent_samples),
    ("images", score_images.EXAMPLES, score_images.images),
    ("pictures", score_report.PICTURES_EXAMPLES, score_report.pictures),
    ("listening-page", score_report.LISTENING_EXAMPLES, score_report.listening_page),
    ("curves", score_curves.EXAMPLES, score_curves.curves),
    ("ablation", score_report.ABLATION_EXAMPLES, score_report.ablation),
    ("report", score_report.REPORT_EXAMPLES, score_report.report),
    ("publish", score_report.PUBLISH_EXAMPLES, score_report.publish),
):
    verb(app, name, examples)(function)
