#!/usr/bin/env bash
# Ablation: trainings that differ in one thing each, over several seeds.
#
#   bash recipes/ablate/run.sh --data-root DIR --noise-root DIR --rows FILE [options] [-- KEY=VALUE...]
#
# Stages: 0 data  1 every row with every seed  2 scores  3 table
#
#   --data-root DIR         clean speech for training: SPEAKER/UTTERANCE, or a data directory
#   --test-root DIR         clean speech of other speakers, for the test mixes
#   --score-on SET          test, or valid for choices that no test pair may take part in: mixes of
#                           a twentieth of the training's speakers with a tenth of its noises
#   --noise-root DIR        noises, CLASS/FILE
#   --held-out FILE         list of folders and patterns below --noise-root, one a line: noises for
#                           testing only (a fifth of the recordings where none fits)
#   --eval-pairs DIR        clean/ and noisy/, scored beside the test mixes
#   --rows FILE             on each line the name of an experiment and, in words, what it is; the
#                           first is the base, to which all are compared. NAME-no_overlap is NAME
#                           again, scored with windows that do not overlap; @NAME is a shipped
#                           model or a model directory, scored beside them
#   --seeds A,B             a training for each (0,1,2)
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --test-mixes N          mixes in the set that is scored (30)
#   -- KEY=VALUE            Hydra overrides of every training
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=ablate
task_name=ablate
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(test_root score_on held_out rows seeds conf test_mixes)
test_root='' score_on=test held_out='' rows='' seeds=0,1,2 conf='' test_mixes=30
parse_options "$@"
[ -n "$data_root" ] && [ -n "$noise_root" ] || die "give --data-root DIR and --noise-root DIR"
case $score_on in
test)
    [ -n "$test_root" ] || die "give --test-root DIR, or --score-on valid"
    [ -d "$test_root" ] || die "--test-root $test_root: no such folder"
    ;;
valid) [ -z "$test_root$eval_pairs" ] || die "--score-on valid takes no test speech and no pairs" ;;
*) die "--score-on needs test or valid, not '$score_on'" ;;
esac
[ -f "$rows" ] || die "--rows FILE: names the trainings, one a line with what it is"
case ,$seeds, in *[!0-9,]* | *,,*) die "--seeds needs numbers with commas, not '$seeds'" ;; esac
open_experiment
work=$exp/$task_name
data=$work/data
IFS=, read -r -a seed_list <<<"$seeds"
names=() given=()
while read -r name _ || [ -n "$name" ]; do
    case $name in '' | '#'*) ;; @*) given+=("${name#@}") ;; *) names+=("$name") ;; esac
done <"$rows"
sets=("$score_on")
if [ -n "$eval_pairs" ]; then sets+=("eval-$(basename "$eval_pairs")"); fi
pairs=() data_words=()
for set in "${sets[@]}"; do
    pairs+=("$data/pairs/$set")
    data_words+=(--data "$data/pairs/$set")
done

if stage 0 "data directories: speech, noises, pairs"; then
    patterns=()
    if [ -n "$held_out" ]; then
        while IFS= read -r pattern || [ -n "$pattern" ]; do
            case $pattern in '' | '#'*) ;; *) patterns+=(--held-out "$pattern") ;; esac
        done <"$held_out"
    fi
    step ablate.prepare --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    step ablate.split --reads "$data/all" --writes "$data/train/wav.scp" "$data/valid/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --valid 0.05 --test 0
    valid_noise=train valid_mixes=32
    if [ "$score_on" = valid ]; then
        patterns+=(--valid 0.1)
        valid_noise=valid valid_mixes=$test_mixes
    fi
    step ablate.noise --reads "$noise_root" \
        --writes "$data/noise/train/wav.scp" "$data/noise/test/wav.scp" -- \
        speechgen prepare noise-parts "$noise_root" --output "$data/noise" \
        ${patterns[@]+"${patterns[@]}"}
    step ablate.mix_valid --reads "$data/valid" "$data/noise/$valid_noise" \
        --anew "$data/pairs/valid" -- \
        speechgen prepare mix "$data/valid" --noise "$data/noise/$valid_noise" --seed 2 \
        --snrs-db 0,5,10,15 --count "$valid_mixes" --output "$data/pairs/valid"
    if [ "$score_on" = test ]; then
        step ablate.prepare_test --reads "$test_root" --writes "$data/test_speech/wav.scp" -- \
            speechgen prepare auto "$test_root" --output "$data/test_speech"
        step ablate.mix_test --reads "$data/test_speech" "$data/noise/test" \
            --anew "$data/pairs/test" -- \
            speechgen prepare mix "$data/test_speech" --noise "$data/noise/test" --seed 1 \
            --snrs-db 2.5,7.5,12.5,17.5 --count "$test_mixes" --output "$data/pairs/test"
    fi
    if [ -n "$eval_pairs" ]; then
        step ablate.eval_pairs --reads "$eval_pairs" --writes "$data/pairs/${sets[1]}/wav.scp" -- \
            speechgen prepare paired "$eval_pairs" --output "$data/pairs/${sets[1]}"
    fi
fi

# train_row NAME SEED: equal steps for all of them, as the experiments say
train_row() {
    train "$1_$2" "$1" "$work/models/$1_$2" "$data/train" "$data/noise/train" "$data/pairs/valid" -- \
        "seed=$2" data.train="$data/train" data.noise="$data/noise/train" \
        data.valid="$data/pairs/valid" data.cache_dir="$work/cache"
}

# score_row NAME SEED: on every set; the sounds are not kept
score_row() {
    local windows=overlapping trained=${1%-no_overlap}
    if [ "$trained" != "$1" ]; then windows=no-overlap; fi
    step "ablate.score_$1_$2" --reads "${pairs[@]}" "$work/models/${trained}_$2/model" \
        --writes "$work/scores/$1_$2.json" --lenient -- \
        speechgen score enhancer "${data_words[@]}" --system "$1" --windows "$windows" \
        --model "$work/models/${trained}_$2/model" --jobs "$nj" --device "$(device)" \
        --json "$work/scores/$1_$2.json"
}

# A seed of every row before the next seed: a table with fewer seeds is there the sooner.
if stage 1 "trainings: ${#names[@]} rows, seeds $seeds"; then
    for seed in "${seed_list[@]}"; do
        for name in "${names[@]}"; do
            case $name in *-no_overlap) ;; *) train_row "$name" "$seed" ;; esac
        done
    done
fi

if stage 2 "scores: noisy input, every row with every seed"; then
    step ablate.score_noisy --reads "${pairs[@]}" --writes "$work/scores/noisy.json" --lenient -- \
        speechgen score enhancer "${data_words[@]}" --noisy --system noisy --jobs "$nj" \
        --json "$work/scores/noisy.json"
    for seed in "${seed_list[@]}"; do
        for name in "${names[@]}"; do score_row "$name" "$seed"; done
    done
    for name in ${given[@]+"${given[@]}"}; do
        step "ablate.score_$name" --reads "${pairs[@]}" --writes "$work/scores/$name.json" \
            --lenient -- speechgen score enhancer "${data_words[@]}" --system "@$name" \
            --model "$name" --jobs "$nj" --device "$(device)" --json "$work/scores/$name.json"
    done
fi

if stage 3 "table: mean and spread over seeds"; then
    step ablate.table --reads "$work/scores" "$rows" --writes "$work/RESULTS.md" -- \
        speechgen score ablation --exp "$work" --rows "$rows"
    say "== $task_name, summary"
    say "   results:  $work/RESULTS.md"
fi
exit
}
