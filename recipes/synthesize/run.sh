#!/usr/bin/env bash
# A WaveNet that says the words of a recording in a voice of your choice, from any corpus of speech.
#
#   bash recipes/synthesize/run.sh --data-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data  1 speaker encoder  2 speaker vectors  3 WaveNet  4 synthesis  5 scores  6 report
#
#   --data-root DIR         speech: VCTK's tree, SPEAKER/UTTERANCE, or a data directory
#   --extra-root DIR        more speech, from which both networks learn too
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --speaker-experiment, --wavenet-experiment NAME
#   --utterances N          held-out utterances to synthesise (6), each in two voices
#   --scored N              held-out utterances to measure the likelihood of (40)
#   -- KEY=VALUE            Hydra overrides: of both trainings, or speaker:KEY=VALUE, wavenet:...
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=synthesize
task_name=synthesize
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(extra_root conf speaker_experiment wavenet_experiment utterances scored)
extra_root='' conf='' utterances=6 scored=40
speaker_experiment=speaker_encoder wavenet_experiment=wavenet_content
parse_options "$@"
[ -n "$data_root" ] || die "give the speech with --data-root DIR"
open_experiment
work=$exp/$task_name
data=$work/data
encoder=$work/speaker/model
wavenet=$work/wavenet/model
vectors=$work/vectors.npz
speech=$data/train everything=$data/all
if [ -n "$extra_root" ]; then speech=$data/train_and_extra everything=$data/all_and_extra; fi

if stage 0 "data directories, split by sentence so that all voices are known"; then
    step synthesize.prepare --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    step synthesize.split --reads "$data/all" \
        --writes "$data/train/wav.scp" "$data/valid/wav.scp" "$data/test/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --by sentence --valid 0.04 --test 0.12
    if [ -n "$extra_root" ]; then
        step synthesize.prepare_extra --reads "$extra_root" --writes "$data/extra/wav.scp" -- \
            speechgen prepare auto "$extra_root" --output "$data/extra"
        for part in train all; do
            step "synthesize.combine_$part" --reads "$data/$part" "$data/extra" \
                --writes "$data/${part}_and_extra/wav.scp" -- \
                speechgen prepare combine "$data/$part" "$data/extra" \
                --output "$data/${part}_and_extra"
        done
    fi
fi

if stage 1 "speaker encoder: speech to a vector that tells voices apart"; then
    train speaker "$speaker_experiment" "$work/speaker" "$speech" "$data/valid" -- \
        data.train="$speech" data.valid="$data/valid"
fi

if stage 2 "a speaker vector of every utterance"; then
    step synthesize.embed --reads "$everything" "$encoder" --writes "$vectors" -- \
        speechgen embed --data "$everything" --model "$encoder" --output "$vectors" \
        --device "$(device)" --overwrite
fi

if stage 3 "WaveNet, conditioned on content and voice"; then
    train wavenet "$wavenet_experiment" "$work/wavenet" "$speech" "$data/valid" "$vectors" -- \
        data.train="$speech" data.valid="$data/valid" data.speaker_vectors="$vectors"
fi

if stage 4 "held-out sentences, each in its own voice and in another, and from fresh weights"; then
    step synthesize.samples --reads "$data/test" "$wavenet" "$vectors" --anew "$work/samples" -- \
        speechgen synthesize --data "$data/test" --limit "$utterances" --voices own,other \
        --temperature 0.8 --model "$wavenet" --vectors "$vectors" --output "$work/samples" \
        --device "$(device)" --overwrite
    step synthesize.untrained --reads "$data/test" "$wavenet" "$vectors" --anew "$work/untrained" -- \
        speechgen synthesize --data "$data/test" --limit "$utterances" --voices own --untrained \
        --temperature 0.8 --model "$wavenet" --vectors "$vectors" --output "$work/untrained" \
        --device "$(device)" --overwrite
fi

if stage 5 "scores"; then
    mkdir -p "$work/results"
    step synthesize.score_speakers --reads "$data/test" "$encoder" \
        --writes "$work/results/speakers.json" --lenient -- \
        speechgen score speakers --model "$encoder" --data "$data/test" --device "$(device)" \
        --json "$work/results/speakers.json"
    step synthesize.score_likelihood --reads "$data/test" "$wavenet" "$vectors" \
        --writes "$work/results/likelihood.json" --lenient -- \
        speechgen score likelihood --model "$wavenet" --data "$data/test" --vectors "$vectors" \
        --limit "$scored" --device "$(device)" --json "$work/results/likelihood.json"
    for system in samples untrained; do
        title=WaveNet
        if [ "$system" = untrained ]; then title='WaveNet, untrained'; fi
        step "synthesize.score_$system" --reads "$data/test" "$work/$system" "$encoder" \
            --writes "$work/results/$system.json" --lenient -- \
            speechgen score synthesis --reference "$data/test" --estimate "$work/$system" \
            --encoder "$encoder" --model "$wavenet" --system "$title" --device "$(device)" \
            --json "$work/results/$system.json"
    done
    step synthesize.score_mean --reads "$data/test" "$data/train" \
        --writes "$work/results/mean_spectrum.json" --lenient -- \
        speechgen score synthesis --reference "$data/test" --mean-of "$data/train" \
        --json "$work/results/mean_spectrum.json"
fi

if stage 6 "report and pictures"; then
    step synthesize.pictures --reads "$data/test" "$work/samples" --anew "$work/figures" -- \
        speechgen score pictures --reference "$data/test" --estimate "$work/samples" \
        --output "$work/figures" --limit 3
    report_and_list "$work/samples" "$work/figures"
fi
exit
}
