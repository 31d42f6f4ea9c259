#!/usr/bin/env bash
# From the mel spectrum back to the wave: a WaveNet and two fast vocoders, from any speech.
#
#   bash recipes/vocode/run.sh --data-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data  1 WaveNet  2 harmonic vocoder  3 Parallel WaveGAN  4 copies  5 scores  6 report
#
#   --data-root DIR         speech: VCTK's tree, SPEAKER/UTTERANCE, or a data directory
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --wavenet-experiment, --harmonic-experiment, --parallel-experiment NAME
#   --utterances N          held-out utterances to copy (20)
#   --scored N              held-out utterances to measure the likelihood of (40)
#   --shown N               of those copied, how many to draw and to keep as samples (3)
#   -- KEY=VALUE            Hydra overrides: of all trainings, or wavenet:KEY=VALUE, harmonic:...
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=vocode
task_name=vocode
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(conf wavenet_experiment harmonic_experiment parallel_experiment utterances scored
    shown)
conf='' utterances=20 scored=40 shown=3
wavenet_experiment=wavenet_mel_pitch harmonic_experiment=harmonic_vocoder
parallel_experiment=parallel_wavegan
parse_options "$@"
[ -n "$data_root" ] || die "give the speech with --data-root DIR"
open_experiment
work=$exp/$task_name
data=$work/data
systems=(wavenet harmonic parallel)
declare -A titles=([wavenet]=WaveNet [harmonic]='harmonic vocoder' [parallel]='Parallel WaveGAN'
    [wavenet_filtered]='WaveNet, post-filtered')

if stage 0 "data directories, split by sentence so that all voices are known"; then
    step vocode.prepare --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    step vocode.split --reads "$data/all" \
        --writes "$data/train/wav.scp" "$data/valid/wav.scp" "$data/test/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --by sentence --valid 0.04 --test 0.12
fi

if stage 1 "WaveNet, conditioned on the mel spectrum"; then
    train wavenet "$wavenet_experiment" "$work/wavenet" "$data/train" "$data/valid" -- \
        data.train="$data/train" data.valid="$data/valid"
fi

if stage 2 "harmonic vocoder, from pulses, noise and the mel spectrum"; then
    train harmonic "$harmonic_experiment" "$work/harmonic" "$data/train" "$data/valid" -- \
        data.train="$data/train" data.valid="$data/valid"
fi

if stage 3 "Parallel WaveGAN, from noise and the mel spectrum"; then
    train parallel "$parallel_experiment" "$work/parallel" "$data/train" "$data/valid" -- \
        data.train="$data/train" data.valid="$data/valid"
fi

if stage 4 "copies of held-out sentences by all, and from fresh weights"; then
    for system in "${systems[@]}"; do
        words=(--data "$data/test" --limit "$utterances" --model "$work/$system/model"
            --device "$(device)" --overwrite)
        if [ "$system" = wavenet ]; then words+=(--temperature 0.8); fi
        step "vocode.copy_$system" --reads "$data/test" "$work/$system/model" \
            --anew "$work/copies/$system" -- \
            speechgen synthesize "${words[@]}" --output "$work/copies/$system"
        step "vocode.untrained_$system" --reads "$data/test" "$work/$system/model" \
            --anew "$work/copies/${system}_untrained" -- \
            speechgen synthesize "${words[@]}" --untrained \
            --output "$work/copies/${system}_untrained"
    done
    step vocode.copy_filtered --reads "$data/test" "$work/wavenet/model" \
        --anew "$work/copies/wavenet_filtered" -- \
        speechgen synthesize --data "$data/test" --limit "$utterances" --overwrite \
        --model "$work/wavenet/model" --device "$(device)" --temperature 0.8 --postfilter 8 \
        --output "$work/copies/wavenet_filtered"
fi

if stage 5 "scores"; then
    mkdir -p "$work/results"
    step vocode.score_likelihood --reads "$data/test" "$work/wavenet/model" \
        --writes "$work/results/likelihood.json" --lenient -- \
        speechgen score likelihood --model "$work/wavenet/model" --data "$data/test" \
        --limit "$scored" --device "$(device)" --json "$work/results/likelihood.json"
    for system in "${systems[@]}"; do
        made_by=("$system" "${system}_untrained")
        if [ "$system" = wavenet ]; then made_by+=(wavenet_filtered); fi
        for made in "${made_by[@]}"; do
            title=${titles[$made]-${titles[$system]}, untrained}
            step "vocode.score_$made" --reads "$data/test" "$work/copies/$made" \
                --writes "$work/results/$made.json" --lenient -- \
                speechgen score synthesis --reference "$data/test" \
                --estimate "$work/copies/$made" --model "$work/$system/model" \
                --system "$title" --device "$(device)" --json "$work/results/$made.json"
        done
    done
    step vocode.score_mean --reads "$data/test" "$data/train" \
        --writes "$work/results/mean_spectrum.json" --lenient -- \
        speechgen score synthesis --reference "$data/test" --mean-of "$data/train" \
        --json "$work/results/mean_spectrum.json"
fi

if stage 6 "report and pictures"; then
    words=()
    for system in "${systems[@]}"; do words+=(--estimate "$work/copies/$system"); done
    words+=(--estimate "$work/copies/wavenet_filtered")
    step vocode.pictures --reads "$data/test" "$work/copies" \
        --anew "$work/figures" "$work/samples" -- \
        speechgen score pictures --reference "$data/test" "${words[@]}" \
        --output "$work/figures" --sounds "$work/samples" --limit "$shown"
    step vocode.listening --reads "$data/test" "$work/copies" --anew "$work/listening" -- \
        speechgen score listening-page --reference "$data/test" "${words[@]}" \
        --output "$work/listening" --limit "$shown" --title "Copies of held-out sentences"
    report_and_list "$work/samples" "$work/figures" "$work/listening"
fi
exit
}
