#!/usr/bin/env bash
# Voice conversion: the words of a recording in a voice of your choice, from any corpus of speech.
#
#   bash recipes/synthesize/run.sh --data-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data and phones  1 recogniser of phones  2 speaker encoder  3 speaker vectors
#         4 converter or WaveNet  5 conversions  6 scores  7 report
#
#   --data-root DIR         speech: VCTK's tree, SPEAKER/UTTERANCE, or a data directory; without
#                           texts the recogniser is the one of the shipped converter
#   --extra-root DIR        more speech, from which all networks learn too
#   --exp DIR               where everything goes (exp); one run at a time
#   --system NAME           converter, wavenet (conditioned on what the recogniser hears, F0 and the
#                           voice), or both
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --recogniser-experiment, --speaker-experiment, --converter-experiment,
#   --wavenet-experiment NAME    wavenet_content, of cepstra, goes with -- wavenet:data.content_from=null
#   --utterances N          held-out utterances to synthesise (6), each in two voices
#   --scored N              held-out utterances to measure the WaveNet's likelihood of (40)
#   -- KEY=VALUE            Hydra overrides: of all trainings, or recogniser:KEY=VALUE,
#                           speaker:..., converter:..., wavenet:...
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
own_options=(extra_root conf recogniser_experiment speaker_experiment converter_experiment
    wavenet_experiment system utterances scored)
extra_root='' conf='' system=converter utterances=6 scored=40
recogniser_experiment=phone_recogniser speaker_experiment=speaker_ecapa
converter_experiment=voice_converter wavenet_experiment=wavenet_phonetic
parse_options "$@"
[ -n "$data_root" ] || die "give the speech with --data-root DIR"
case $system in
converter | wavenet) systems=("$system") ;;
both) systems=(converter wavenet) ;;
*) die "--system is converter, wavenet or both" ;;
esac
open_experiment
shipped=converter-small shipped_encoder=speaker-ecapa
work=$exp/$task_name
data=$work/data
encoder=$work/speaker/model
vectors=$work/vectors.npz
speech=$data/train everything=$data/all
if [ -n "$extra_root" ]; then speech=$data/train_and_extra everything=$data/all_and_extra; fi

# with_phones DIR: the phones of a data directory's texts, where it has any
with_phones() {
    if [ ! -s "$1/text" ]; then
        say "-- $1 has no texts: no phones to learn from"
        return
    fi
    step "synthesize.phones_${1##*/}" --reads "$1/text" --writes "$1/phones" -- \
        speechgen prepare phones "$1"
}

if stage 0 "data directories with phones, split by sentence so that all voices are known"; then
    step synthesize.prepare --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    with_phones "$data/all"
    step synthesize.split --reads "$data/all" \
        --writes "$data/train/wav.scp" "$data/valid/wav.scp" "$data/test/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --by sentence --valid 0.04 --test 0.12
    if [ -n "$extra_root" ]; then
        step synthesize.prepare_extra --reads "$extra_root" --writes "$data/extra/wav.scp" -- \
            speechgen prepare auto "$extra_root" --output "$data/extra"
        with_phones "$data/extra"
        for part in train all; do
            step "synthesize.combine_$part" --reads "$data/$part" "$data/extra" \
                --writes "$data/${part}_and_extra/wav.scp" -- \
                speechgen prepare combine "$data/$part" "$data/extra" \
                --output "$data/${part}_and_extra"
        done
    fi
fi

recogniser=$work/recogniser/model heard_by=("$work/recogniser/model")
if [ ! -s "$speech/phones" ]; then recogniser=$shipped heard_by=(); fi
if stage 1 "recogniser: mel frames to phones, and so to what is said without who says it"; then
    if [ "$recogniser" = "$shipped" ]; then
        say "-- no phones: the recogniser is the one inside $shipped"
    else
        held_out=()
        if [ -s "$data/valid/phones" ]; then held_out+=(data.valid="$data/valid"); fi
        train recogniser "$recogniser_experiment" "$work/recogniser" "$speech" "$data/valid" -- \
            data.train="$speech" "${held_out[@]+"${held_out[@]}"}"
    fi
fi

if stage 2 "speaker encoder: speech to a vector that tells voices apart"; then
    train speaker "$speaker_experiment" "$work/speaker" "$speech" "$data/valid" -- \
        data.train="$speech" data.valid="$data/valid"
fi

if stage 3 "a speaker vector of every utterance"; then
    step synthesize.embed --reads "$everything" "$encoder" --writes "$vectors" -- \
        speechgen embed --data "$everything" --model "$encoder" --output "$vectors" \
        --device "$(device)" --overwrite
    step synthesize.embed_shipped --reads "$data/test" --writes "$work/shipped_vectors.npz" -- \
        speechgen embed --data "$data/test" --model "$shipped_encoder" \
        --output "$work/shipped_vectors.npz" --device "$(device)" --overwrite
fi

if stage 4 "what is said, melody and voice to speech"; then
    for name in "${systems[@]}"; do
        words=(data.train="$speech" data.valid="$data/valid" data.speaker_vectors="$vectors")
        if [ "$name" = converter ]; then
            train converter "$converter_experiment" "$work/converter" "$speech" "$data/valid" \
                "$vectors" "${heard_by[@]+"${heard_by[@]}"}" -- "${words[@]}" \
                objective.recogniser="$recogniser"
        else
            train wavenet "$wavenet_experiment" "$work/wavenet" "$speech" "$data/valid" \
                "$vectors" "${heard_by[@]+"${heard_by[@]}"}" -- "${words[@]}" \
                data.content_from="$recogniser"
        fi
    done
fi

# Beside them what they are compared with: the shipped models, which know nothing of the corpus.
made=("${systems[@]}" shipped)
declare -A titles=([converter]=converter [wavenet]=WaveNet [shipped]="$shipped")
if stage 5 "held-out sentences, each in its own voice and in another"; then
    for name in "${made[@]}"; do
        model=$work/$name/model voices=$vectors reads=("$model" "$vectors")
        if [ "$name" = shipped ]; then
            model=$shipped voices=$work/shipped_vectors.npz reads=("$voices")
        fi
        words=()
        if [ "$name" = wavenet ]; then words+=(--temperature 0.8); fi
        step "synthesize.make_$name" --reads "$data/test" "${reads[@]}" \
            --anew "$work/made/$name" -- \
            speechgen synthesize --data "$data/test" --limit "$utterances" --voices own,other \
            --model "$model" --vectors "$voices" --output "$work/made/$name" \
            --device "$(device)" --overwrite "${words[@]+"${words[@]}"}"
    done
fi

if stage 6 "scores"; then
    mkdir -p "$work/results"
    step synthesize.score_speakers --reads "$data/test" "$encoder" \
        --writes "$work/results/speakers.json" --lenient -- \
        speechgen score speakers --model "$encoder" --data "$data/test" --device "$(device)" \
        --json "$work/results/speakers.json"
    if [ "$system" != converter ]; then
        step synthesize.score_likelihood --reads "$data/test" "$work/wavenet/model" "$vectors" \
            --writes "$work/results/likelihood.json" --lenient -- \
            speechgen score likelihood --model "$work/wavenet/model" --data "$data/test" \
            --vectors "$vectors" --limit "$scored" --device "$(device)" \
            --json "$work/results/likelihood.json"
    fi
    for name in "${made[@]}"; do
        model=$work/$name/model
        if [ "$name" = shipped ]; then model=$shipped; fi
        step "synthesize.score_$name" --reads "$data/test" "$work/made/$name" "$encoder" \
            --writes "$work/results/$name.json" --lenient -- \
            speechgen score synthesis --reference "$data/test" --estimate "$work/made/$name" \
            --encoder "$encoder" --measure installed --model "$model" \
            --system "${titles[$name]}" --device "$(device)" --json "$work/results/$name.json"
    done
    step synthesize.score_mean --reads "$data/test" "$data/train" \
        --writes "$work/results/mean_spectrum.json" --lenient -- \
        speechgen score synthesis --reference "$data/test" --mean-of "$data/train" \
        --json "$work/results/mean_spectrum.json"
fi

if stage 7 "report and pictures"; then
    words=()
    for name in "${made[@]}"; do words+=(--estimate "$work/made/$name"); done
    step synthesize.pictures --reads "$data/test" "$work/made" \
        --anew "$work/figures" "$work/samples" -- \
        speechgen score pictures --reference "$data/test" "${words[@]}" \
        --output "$work/figures" --sounds "$work/samples" --limit 3
    step synthesize.listening --reads "$data/test" "$work/made" --anew "$work/listening" -- \
        speechgen score listening-page --reference "$data/test" "${words[@]}" \
        --output "$work/listening" --title "Held-out sentences, converted"
    report_and_list "${systems[@]/#/$work/made/}" "$work/figures" "$work/listening"
fi
exit
}
