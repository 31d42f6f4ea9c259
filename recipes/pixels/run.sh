#!/usr/bin/env bash
# Generative models of images, any number of them side by side, on any labelled images.
#
#   bash recipes/pixels/run.sh --data-root DIR --table FILE [options] [-- KEY=VALUE...]
#
# Stages: 0 classifier for samples  1 trainings  2 scores, samples, pictures  3 report
#
#   --data-root DIR         train.npz, valid.npz and test.npz; speechgen prepare digits makes them
#   --table FILE            the models: on each line a name, an experiment, and overrides of its own
#   --binarise HOW          static, dynamic, threshold or none (dynamic): of held-out images, of what
#                           the classifier sees, and of training where a line says nothing else
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none); trainings at a time (all cores)
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --classifier-experiment NAME    the classifier that samples are scored by (classifier)
#   --part NAME             name of this run within --exp (pixels)
#   --samples N             images to score of each model (1000)
#   --scored N              held-out images to measure likelihoods of (all)
#   --importance N          draws of the posterior in likelihoods of models with latents (100)
#   -- KEY=VALUE            Hydra overrides: of all trainings, or NAME:KEY=VALUE for one line
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=pixels
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(conf table binarise classifier_experiment part samples scored importance)
conf='' table='' binarise=dynamic classifier_experiment=classifier part=pixels
samples=1000 scored='' importance=100
parse_options "$@"
[ -n "$data_root" ] || die "give the images with --data-root DIR (train.npz, valid.npz, test.npz)"
[ -f "$table" ] || die "--table FILE: names the models, one a line with its experiment"
case $part in '' | */* | .*) die "--part needs a plain name, not '$part'" ;; esac
task_name=$part
open_experiment
work=$exp/$part
classifier=$work/sample_classifier
names=() experiments=() own=()
while read -r name experiment rest || [ -n "$name" ]; do
    case $name in '' | '#'*) continue ;; esac
    names+=("$name") experiments+=("$experiment") own+=("$rest")
done <"$table"
files=("$data_root/train.npz" "$data_root/valid.npz")

# train_line NUMBER
train_line() {
    local words=() resolved=() word
    read -r -a words <<<"${own[$1]}"
    for word in ${words[@]+"${words[@]}"}; do
        # another model of the table whose weights or features are used
        resolved+=("${word//@/$work/}")
    done
    train "${names[$1]}" "${experiments[$1]}" "$work/${names[$1]}" "${files[@]}" -- \
        data.train="${files[0]}" data.valid="${files[1]}" data.binarise="$binarise" \
        ${resolved[@]+"${resolved[@]}"}
}

# score_line NAME WORDS...
score_line() {
    local name=$1
    shift
    step "$part.score_$name" --reads "$data_root/test.npz" "$classifier/model" \
        --writes "$work/results/$name.json" -- \
        speechgen score images --data "$data_root/test.npz" --reference "${files[0]}" \
        --classifier "$classifier/model" --binarise "$binarise" --num "$samples" ${scored:+--limit "$scored"} \
        --importance-samples "$importance" --system "$name" --device "$(device)" \
        --json "$work/results/$name.json" "$@"
}

if stage 0 "the classifier that samples are scored by"; then
    train sample_classifier "$classifier_experiment" "$classifier" "${files[@]}" -- \
        data.train="${files[0]}" data.valid="${files[1]}" data.binarise="$binarise"
fi

if stage 1 "trainings: ${names[*]}"; then
    # what needs another model of the table comes after it
    for number in "${!names[@]}"; do
        case ${own[$number]} in *@*) ;; *) spread train_line "$number" ;; esac
    done
    gather
    for number in "${!names[@]}"; do
        case ${own[$number]} in *@*) spread train_line "$number" ;; esac
    done
    gather
fi

if stage 2 "scores, samples and pictures"; then
    mkdir -p "$work/results" "$work/figures"
    spread score_line real
    for name in "${names[@]}"; do
        spread score_line "$name" --model "$work/$name/model" --gallery "$work/figures"
    done
    gather
fi

if stage 3 "report"; then
    report_and_list "$work/figures"
fi
exit
}
