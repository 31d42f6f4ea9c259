#!/usr/bin/env bash
# Text to speech: a text model from any speech with texts, before a voice converter and its vocoder.
#
#   bash recipes/speak/run.sh --data-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data and symbols  1 speaker vectors  2 text model  3 sentences said  4 scores
#         5 alignments, report, listening page
#
#   --data-root DIR         speech with texts: VCTK's tree, SPEAKER/UTTERANCE, or a data directory
#   --parts DIR             instead: a folder with the data directories train, valid and test
#   --held-out FILE         utterances to test with, where the speech has them: a name a line, with
#                           its speaker or without; what says the same is held out, too
#   --heard WORDS           what text-small learnt from of this speech: the tables then say so
#   --title WORDS           what they call the text model (text model)
#   --extra-root DIR        more speech with texts, to learn from; sentences of the test are left out
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --text-experiment NAME  what trains the text model (text_model); with init_from=text-small in it,
#                           or after --, it is tuned
#   --converter DIR, --encoder DIR    makes a voice of what is said, and tells voices apart; the
#                           shipped ones
#   --utterances N          held-out utterances to say (6), each in the voices that --voices says
#   --voices V,W            own, other (the next speaker's) or both, which it is where there are two
#   --by-vectors            voices are the means of their vectors in training, in place of some
#                           recordings: better where these are short or narrow
#   --named NAME,NAME       voices of the converter that say the same, for --closed-set
#   --shown N               of those, how many to draw and to put on the page (3)
#   --measure NAME          installed (default): naturalness, words and voices, where their packages
#                           are; none for none of them
#   --closed-set            the texts are of a small set, such as digits: what is said is named by a
#                           classifier that learns from the recordings for training
#   -- KEY=VALUE            Hydra overrides of the training
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=speak
task_name=speak
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/data.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(parts held_out heard title extra_root conf text_experiment converter encoder
    utterances voices named shown measure)
own_flags=(closed_set by_vectors)
parts='' held_out='' heard='' title='text model' extra_root='' conf=''
text_experiment=text_model utterances=6 shown=3 voices='' measure=installed named=''
converter=converter-small encoder=speaker-ecapa closed_set=false
by_vectors=false
parse_options "$@"
if [ -z "$data_root$parts" ]; then die "give the speech with --data-root DIR"; fi
open_experiment
shipped=text-small shipped_encoder=speaker-ecapa
work=$exp/$task_name
data=$work/data
vectors=$work/vectors.npz
speech=$data/train
if [ -n "$extra_root" ]; then speech=$data/train_and_extra; fi

if stage 0 "data directories with symbols, no sentence on two sides"; then
    prepare_parts
    if [ -n "$extra_root" ]; then
        step speak.prepare_extra --reads "$extra_root" --writes "$data/extra/wav.scp" -- \
            speechgen prepare auto "$extra_root" --output "$data/extra"
        step speak.combine_extra --reads "$data/train" "$data/extra" "$data/valid" "$data/test" \
            --writes "$speech/wav.scp" -- \
            speechgen prepare combine "$data/train" "$data/extra" --output "$speech" \
            --without-sentences-of "$data/valid" --without-sentences-of "$data/test"
    fi
    for part in "$speech" "$data/valid"; do
        step "speak.symbols_${part##*/}" --reads "$part/text" --writes "$part/symbols" -- \
            speechgen prepare symbols "$part"
    done
    step speak.combine_vectors --reads "$speech/wav.scp" "$data/valid/wav.scp" \
        --writes "$data/to_embed/wav.scp" -- \
        speechgen prepare combine "$speech" "$data/valid" --output "$data/to_embed"
fi

if stage 1 "a speaker vector of every utterance"; then
    step speak.embed --reads "$data/to_embed" --writes "$vectors" -- \
        speechgen embed --data "$data/to_embed" --model "$encoder" --output "$vectors" \
        --device "$(device)" --overwrite
fi

if stage 2 "text model: symbols and a voice to what is said, when, and how high"; then
    train text "$text_experiment" "$work/text" "$speech" "$data/valid" "$vectors" -- \
        data.train="$speech" data.valid="$data/valid" data.speaker_vectors="$vectors" \
        data.converter="$converter"
fi

# Beside it what it is compared with: the shipped models. --heard says what they know of the corpus.
systems=(text shipped)
declare -A titles=([text]="$title" [shipped]="$shipped${heard:+, which learnt from $heard}"
    [named]="$title, as $named")
if stage 3 "held-out sentences, each in its own voice and in another"; then
    if [ -z "$voices" ]; then
        voices=own
        if [ "$(wc -l <"$data/test/spk2utt")" -gt 1 ]; then voices=own,other; fi
    fi
    for system in "${systems[@]}"; do
        models=(--model "$work/text/model" --converter "$converter" --encoder "$encoder")
        reads=("$work/text/model")
        if [ "$system" = shipped ]; then models=(--model "$shipped") reads=(); fi
        if [ "$by_vectors" = true ] &&
            { [ "$system" = text ] || [ "$encoder" = "$shipped_encoder" ]; }; then
            models+=(--vectors "$vectors") reads+=("$vectors")
        fi
        step "speak.say_$system" --reads "$data/test" "${reads[@]+"${reads[@]}"}" \
            --anew "$work/made/$system" -- \
            speechgen say --data "$data/test" --limit "$utterances" --voices "$voices" \
            "${models[@]}" --output "$work/made/$system" --device "$(device)" --overwrite
    done
    if [ -n "$named" ]; then
        step speak.say_named --reads "$data/test" "$work/text/model" --anew "$work/made/named" -- \
            speechgen say --data "$data/test" --limit "$utterances" --voice "$named" \
            --model "$work/text/model" --converter "$converter" \
            --output "$work/made/named" --device "$(device)" --overwrite
    fi
fi

if stage 4 "scores"; then
    mkdir -p "$work/results"
    listening=(--measure "$measure")
    if [ "$measure" = none ]; then listening=(); fi
    for system in recordings "${systems[@]}"; do
        estimate=$work/made/$system made_by=()
        case $system in
        recordings) estimate=$data/test ;;
        text) made_by=(--model "$work/text/model") ;;
        shipped) made_by=(--model "$shipped") ;;
        esac
        step "speak.score_$system" --reads "$data/test" "$estimate" \
            --writes "$work/results/$system.json" --lenient -- \
            speechgen score synthesis --reference "$data/test" --estimate "$estimate" \
            ${made_by[@]+"${made_by[@]}"} \
            --pitch yin --encoder "$encoder" "${listening[@]+"${listening[@]}"}" --jobs "$nj" \
            --system "${titles[$system]-recordings}" --device "$(device)" \
            --json "$work/results/$system.json"
    done
    if [ "$closed_set" = true ]; then
        estimates=("$data/test") words=(--estimate "$data/test" --system recordings)
        for system in "${systems[@]}" ${named:+named}; do
            estimates+=("$work/made/$system")
            words+=(--estimate "$work/made/$system" --system "${titles[$system]}")
        done
        step speak.name --reads "$data/train" "${estimates[@]}" \
            --writes "$work/results/named.json" --lenient -- \
            speechgen score closed-set --train "$data/train" --reference "$data/test" \
            "${words[@]}" --device "$(device)" --json "$work/results/named.json"
    fi
fi

if stage 5 "alignments, pictures, report, listening page"; then
    step speak.align --reads "$data/test" "$work/text/model" --anew "$work/times" -- \
        speechgen align "$data/test" --model "$work/text/model" --converter "$converter" \
        --output "$work/times" --pictures "$shown" --device "$(device)"
    words=()
    for system in "${systems[@]}"; do words+=(--estimate "$work/made/$system"); done
    step speak.pictures --reads "$data/test" "$work/made" \
        --anew "$work/figures" "$work/samples" -- \
        speechgen score pictures --reference "$data/test" "${words[@]}" \
        --output "$work/figures" --sounds "$work/samples" --limit "$shown"
    step speak.listening --reads "$data/test" "$work/made" --anew "$work/listening" -- \
        speechgen score listening-page --reference "$data/test" "${words[@]}" --limit "$shown" \
        --output "$work/listening" --title "Held-out sentences, said"
    report_and_list "$work/samples" "$work/figures" "$work/times/pictures" "$work/listening"
fi
exit
}
