#!/usr/bin/env bash
# The shipped vocoders on speech of one's own: copies from mel spectra, scored beside the recordings.
#
#   bash recipes/copies/run.sh --data-root DIR --exp exp/copies
#   bash recipes/copies/run.sh --data-root DIR --exp exp/copies --measure all
#
# Stages: 0 data  1 copies  2 scores  3 report, listening page
#
#   --data-root DIR     speech: VCTK's tree, SPEAKER/UTTERANCE, or a data directory
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --utterances N      how many to copy (40)
#   --shown N           how many to put on the listening page (6)
#   --measure NAME      dnsmos, similarity, wer (of data with texts) or all: by models of others
#                       (pip install 'speechgen[eval]'); none by default
#   --pitch NAME        what finds F0, for the vocoders to go by and for the scores: yin (default), or
#                       pyin, 25 times slower
#   --lowest-f0 HZ      F0 below which a frame counts as unvoiced (0); 65 leaves out the hum of mains
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=copies
task_name=copies
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(utterances shown measure pitch lowest_f0)
utterances=40 shown=6 measure='' pitch=yin lowest_f0=0
parse_options "$@"
[ -n "$data_root" ] || die "give the speech with --data-root DIR"
open_experiment
work=$exp/$task_name
data=$work/data
systems=(vocoder vocoder_filtered wavenet wavenet_filtered)
passes=8 # of the WaveNet's post-filter: more brings octave errors by yin, and fewer voicing errors by pyin
if [ "$pitch" = pyin ]; then passes=12; fi
declare -A models=([vocoder]=vocoder-small [vocoder_filtered]=vocoder-small
    [wavenet]=wavenet-mel [wavenet_filtered]=wavenet-mel)
declare -A titles=([vocoder]=vocoder-small [vocoder_filtered]='vocoder-small, post-filtered'
    [wavenet]=wavenet-mel [wavenet_filtered]='wavenet-mel, post-filtered')
declare -A drawing=([vocoder]='' [vocoder_filtered]='--postfilter 4'
    [wavenet]='--temperature 0.8' [wavenet_filtered]="--temperature 0.8 --postfilter $passes")

if stage 0 "data directory"; then
    step copies.prepare --reads "$data_root" --writes "$data/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data"
fi

if stage 1 "copies"; then
    for system in "${systems[@]}"; do
        # shellcheck disable=SC2086  # words of options
        step "copies.copy_$system" --reads "$data" --anew "$work/made/$system" -- \
            speechgen synthesize --data "$data" --limit "$utterances" --overwrite \
            --model "${models[$system]}" --device "$(device)" --f0-tracker "$pitch" \
            ${drawing[$system]} \
            --output "$work/made/$system"
    done
fi

if stage 2 "scores"; then
    mkdir -p "$work/results"
    for system in recordings "${systems[@]}"; do
        copies=$work/made/$system
        if [ "$system" = recordings ]; then copies=$data; fi
        step "copies.score_$system" --reads "$data" "$copies" "$work/made/vocoder" \
            --writes "$work/results/$system.json" --lenient -- \
            speechgen score synthesis --reference "$data" --estimate "$copies" \
            --like "$work/made/vocoder" \
            --system "${titles[$system]-recordings}" --pitch "$pitch" --lowest-f0 "$lowest_f0" \
            --jobs "$nj" ${measure:+--measure "$measure"} --device "$(device)" \
            --json "$work/results/$system.json"
    done
fi

if stage 3 "report and listening page"; then
    words=()
    for system in "${systems[@]}"; do words+=(--estimate "$work/made/$system"); done
    step copies.listening --reads "$data" "$work/made" --anew "$work/listening" -- \
        speechgen score listening-page --reference "$data" "${words[@]}" \
        --output "$work/listening" --limit "$shown" --title "Copies by the shipped vocoders"
    report_and_list "$work/listening"
fi
exit
}
