#!/usr/bin/env bash
# Speech enhancement, trained on mixtures of speech and noise, or on given pairs.
#
#   bash recipes/enhance/run.sh --data-root DIR --noise-root DIR [options] [-- KEY=VALUE...]
#   bash recipes/enhance/run.sh --pairs-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data  1 trainings  2 enhancement of the test pairs  3 scores  4 report
#
#   --data-root DIR         clean speech: VCTK's tree, SPEAKER/UTTERANCE, or a data directory
#   --noise-root DIR        noises, CLASS/FILE
#   --held-out FILE         list of folders and patterns below --noise-root, one a line: noises for
#                           testing only (a fifth of the recordings where none fits)
#   --valid-voices N        speakers for validation, or a share of the speech (0.1)
#   --valid-noises N        recordings of the other noises, or a share of them, that only validation
#                           pairs are made of (0: those are made of noises for training)
#   --extra-root DIR        more clean speech for training
#   --eval-speech-root DIR  voices for testing only: the test set is then made of them, and every
#                           voice of --data-root but those for validation is for training
#   --rooms-root DIR        room impulse responses; training then uses data=mixture_augmented:
#                           rooms and every other augmentation
#   --pairs-root DIR        in place of these: noisy and clean pairs with a train and a test part
#   --eval-pairs DIR        clean/ and noisy/, scored beside the test set
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --systems "NAME=EXPERIMENT..."  what to train, one after the other (segan=segan); pictures and
#                           sounds are of the last
#   --test-mixes N          mixes in the test set (100)
#   -- KEY=VALUE            Hydra overrides of the training
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=enhance
task_name=enhance
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(extra_root eval_speech_root pairs_root held_out valid_voices valid_noises conf systems
    test_mixes)
extra_root='' eval_speech_root='' pairs_root='' held_out='' valid_voices=0.1 valid_noises=0
conf='' systems=segan=segan test_mixes=100
parse_options "$@"
if [ -z "$pairs_root" ] && { [ -z "$data_root" ] || [ -z "$noise_root" ]; }; then
    die "give --data-root DIR and --noise-root DIR, or --pairs-root DIR"
fi
if [ -n "$pairs_root" ] && [ -n "$rooms_root$eval_speech_root$extra_root" ]; then
    die "--rooms-root, --eval-speech-root and --extra-root go with --data-root, not --pairs-root"
fi
read -ra systems <<<"$systems"
for system in "${systems[@]}"; do
    case $system in
    *[!A-Za-z0-9_=.-]* | =* | *= | *=*=*) die "--systems needs NAME=EXPERIMENT, not '$system'" ;;
    *=*) ;;
    *) die "--systems needs NAME=EXPERIMENT, not '$system'" ;;
    esac
done
open_experiment
work=$exp/$task_name
data=$work/data
speech=$data/train
if [ -n "$extra_root" ]; then speech=$data/train_and_extra; fi
test_speech=$data/test
test_share=0.2
if [ -n "$eval_speech_root" ]; then test_speech=$data/eval_speech test_share=0; fi
valid_noise=$data/noise/train
if [ "$valid_noises" != 0 ]; then valid_noise=$data/noise/valid; fi
rooms=()
if [ -n "$rooms_root" ]; then rooms=(data=mixture_augmented "data.rooms=$rooms_root"); fi
sets=(test)
if [ -n "$eval_pairs" ]; then sets+=("eval-$(basename "$eval_pairs")"); fi

prepare_mixes() {
    local patterns=() pattern
    if [ -n "$held_out" ]; then
        while IFS= read -r pattern || [ -n "$pattern" ]; do
            case $pattern in '' | '#'*) ;; *) patterns+=(--held-out "$pattern") ;; esac
        done <"$held_out"
    fi
    step enhance.prepare --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    step enhance.split --reads "$data/all" \
        --writes "$data/train/wav.scp" "$data/valid/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --valid "$valid_voices" --test "$test_share"
    if [ -n "$eval_speech_root" ]; then
        step enhance.prepare_eval_speech --reads "$eval_speech_root" \
            --writes "$test_speech/wav.scp" -- \
            speechgen prepare auto "$eval_speech_root" --output "$test_speech"
    fi
    if [ -n "$extra_root" ]; then
        step enhance.prepare_extra --reads "$extra_root" --writes "$data/extra/wav.scp" -- \
            speechgen prepare auto "$extra_root" --output "$data/extra"
        step enhance.combine --reads "$data/train" "$data/extra" --writes "$speech/wav.scp" -- \
            speechgen prepare combine "$data/train" "$data/extra" --output "$speech"
    fi
    step enhance.noise --reads "$noise_root" \
        --writes "$data/noise/train/wav.scp" "$data/noise/test/wav.scp" "$valid_noise/wav.scp" -- \
        speechgen prepare noise-parts "$noise_root" --output "$data/noise" \
        --valid "$valid_noises" ${patterns[@]+"${patterns[@]}"}
    step enhance.mix_test --reads "$test_speech" "$data/noise/test" --anew "$data/pairs/test" -- \
        speechgen prepare mix "$test_speech" --noise "$data/noise/test" --seed 1 \
        --snrs-db 2.5,7.5,12.5,17.5 --count "$test_mixes" --output "$data/pairs/test"
    step enhance.mix_valid --reads "$data/valid" "$valid_noise" --anew "$data/pairs/valid" -- \
        speechgen prepare mix "$data/valid" --noise "$valid_noise" --seed 2 \
        --snrs-db 0,5,10,15 --count 32 --output "$data/pairs/valid"
    step enhance.mix_train --reads "$speech" "$data/noise/train" --anew "$data/pairs/train" -- \
        speechgen prepare mix "$speech" --noise "$data/noise/train" --seed 3 \
        --snrs-db 0,5,10,15 --count 200 --output "$data/pairs/train"
}

prepare_pairs() {
    step enhance.prepare_pairs --reads "$pairs_root" \
        --writes "$data/given/train/wav.scp" "$data/given/test/wav.scp" -- \
        speechgen prepare paired "$pairs_root" --output "$data/given"
    step enhance.split --reads "$data/given/train" \
        --writes "$data/pairs/train/wav.scp" "$data/pairs/valid/wav.scp" -- \
        speechgen prepare split "$data/given/train" --output "$data/pairs" --valid 0.07 --test 0
    step enhance.copy_test --reads "$data/given/test" --writes "$data/pairs/test/wav.scp" -- \
        speechgen prepare combine "$data/given/test" --output "$data/pairs/test"
}

if stage 0 "data directories: speech, noises, pairs"; then
    if [ -n "$pairs_root" ]; then prepare_pairs; else prepare_mixes; fi
    if [ -n "$eval_pairs" ]; then
        step enhance.eval_pairs --reads "$eval_pairs" --writes "$data/pairs/${sets[1]}/wav.scp" -- \
            speechgen prepare paired "$eval_pairs" --output "$data/pairs/${sets[1]}"
    fi
fi

# What tables call a system.
title() { case $1 in segan) say SEGAN ;; *) say "${1//_/ }" ;; esac; }

if stage 1 "trainings: ${systems[*]}"; then
    for system in "${systems[@]}"; do
        name=${system%%=*} experiment=${system#*=}
        if [ -n "$pairs_root" ]; then
            train "$name" "$experiment" "$work/$name" "$data/pairs/train" "$data/pairs/valid" -- \
                data=paired data.train="$data/pairs/train" data.valid="$data/pairs/valid"
        else
            train "$name" "$experiment" "$work/$name" \
                "$speech" "$data/noise/train" "$data/pairs/valid" ${rooms_root:+"$rooms_root"} -- \
                data.train="$speech" data.noise="$data/noise/train" \
                data.valid="$data/pairs/valid" ${rooms[@]+"${rooms[@]}"}
        fi
    done
fi

if stage 2 "enhanced test pairs, and the same through a linear filter and log-MMSE"; then
    for set in "${sets[@]}"; do
        for system in "${systems[@]}"; do
            name=${system%%=*}
            step "enhance.enhance_${name}_$set" --reads "$data/pairs/$set" "$work/$name/model" \
                --anew "$work/enhanced/$name/$set" -- \
                speechgen enhance --data "$data/pairs/$set" --model "$work/$name/model" \
                --output "$work/enhanced/$name/$set" --device "$(device)" --overwrite
        done
        step "enhance.filter_$set" --reads "$data/pairs/$set" "$data/pairs/train" \
            --anew "$work/filtered/$set" -- \
            speechgen score filter --train "$data/pairs/train" --limit 200 \
            --noisy "$data/pairs/$set" --output "$work/filtered/$set" --overwrite
        step "enhance.classical_$set" --reads "$data/pairs/$set" --anew "$work/classical/$set" -- \
            speechgen enhance --data "$data/pairs/$set" --model classical \
            --output "$work/classical/$set" --device cpu --overwrite
    done
fi

if stage 3 "scores: noisy input, linear filter, log-MMSE, ${systems[*]%%=*}"; then
    for set in "${sets[@]}"; do
        step "enhance.score_noisy_$set" --reads "$data/pairs/$set" \
            --writes "$work/results/${set}_noisy.json" --lenient -- \
            speechgen score enhancement --clean "$data/pairs/$set" --estimate "$data/pairs/$set" \
            --system noisy --jobs "$nj" --json "$work/results/${set}_noisy.json"
        step "enhance.score_filter_$set" --reads "$data/pairs/$set" "$work/filtered/$set" \
            --writes "$work/results/${set}_filter.json" --lenient -- \
            speechgen score enhancement --clean "$data/pairs/$set" --estimate "$work/filtered/$set" \
            --system "linear filter" --jobs "$nj" --json "$work/results/${set}_filter.json"
        step "enhance.score_classical_$set" --reads "$data/pairs/$set" "$work/classical/$set" \
            --writes "$work/results/${set}_classical.json" --lenient -- \
            speechgen score enhancement --clean "$data/pairs/$set" \
            --estimate "$work/classical/$set" --system log-MMSE --model classical --jobs "$nj" \
            --json "$work/results/${set}_classical.json"
        for system in "${systems[@]}"; do
            name=${system%%=*}
            step "enhance.score_${name}_$set" --reads "$data/pairs/$set" \
                "$work/enhanced/$name/$set" "$work/$name/model" \
                --writes "$work/results/${set}_$name.json" --lenient -- \
                speechgen score enhancement --clean "$data/pairs/$set" \
                --estimate "$work/enhanced/$name/$set" --system "$(title "$name")" \
                --model "$work/$name/model" --jobs "$nj" --json "$work/results/${set}_$name.json"
        done
    done
fi

last=${systems[${#systems[@]} - 1]%%=*}
if stage 4 "report, pictures (noisy | enhanced | clean) and the sounds they show"; then
    for set in "${sets[@]}"; do
        step "enhance.pictures_$set" --reads "$data/pairs/$set" "$work/enhanced/$last/$set" \
            "$work/$last/model" --anew "$work/figures/$set" "$work/samples/$set" -- \
            speechgen score pictures --reference "$data/pairs/$set" --limit 3 \
            --estimate "$work/enhanced/$last/$set" --output "$work/figures/$set" \
            --sounds "$work/samples/$set"
    done
    report_and_list "$work"/samples/* "$work"/figures/*
fi
exit
}
