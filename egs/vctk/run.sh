#!/usr/bin/env bash
# Voice conversion and enhancement on VCTK, or any speech; without data, on a generated mini corpus.
#
#   bash egs/vctk/run.sh                                 15 minutes on two cores, from nothing
#   bash egs/vctk/run.sh --data-root VCTK-Corpus-0.92 --noise-root NOISES
#   bash egs/vctk/run.sh --task enhance --stage 1 -- trainer.max_steps=20000
#
#   --task synthesize|enhance|all; --system converter|wavenet|both, with which synthesize converts
#   --from-text         after synthesize a text model, too, which says held-out sentences
#   --data-root DIR     speech: VCTK 0.92's tree or SPEAKER/UTTERANCE
#   --noise-root DIR    noises, CLASS/FILE; without it those of the mini corpus
#   --extra-root DIR    more speech, for training only
#   --eval-pairs DIR    clean/ and noisy/, scored beside the test set
#   --eval-speech-root DIR    voices for testing only; the test set is then made of them
#   --rooms-root DIR    room impulse responses, for the training of enhancement
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of the recipes: see recipes/*/run.sh --help
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder (those of the mini corpus into mini/)
#   -- KEY=VALUE        Hydra overrides; of one: recogniser:, speaker:, converter:, wavenet:, text:,
#                       segan:
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=vctk
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(extra_root eval_speech_root system) extra_root='' eval_speech_root='' system=converter
own_flags=(from_text) from_text=false
parse_options "$@"
case $task in synthesize | enhance | all) ;; *) die "--task is synthesize, enhance or all" ;; esac
bash "$root/tools/setup.sh"
open_experiment

kind=real
if [ -z "$data_root" ]; then kind=mini; fi
if [ -z "$data_root" ] || { [ -z "$noise_root" ] && [ "$task" != synthesize ]; }; then
    step mini --writes "$exp/mini/mini.json" -- speechgen prepare mini --output "$exp/mini"
fi
common=(--exp "$exp" --stage "$stage" --stop-stage "$stop_stage" --ngpu "$ngpu" --nj "$nj"
    --data-root "${data_root:-$exp/mini}" --conf "$here/conf")
if [ -n "$extra_root" ]; then common+=(--extra-root "$extra_root"); fi

if [ "$task" != enhance ]; then
    bash "$root/recipes/synthesize/run.sh" "${common[@]}" \
        --system "$system" --recogniser-experiment "${kind}_recogniser" \
        --speaker-experiment "${kind}_speaker" --converter-experiment "${kind}_converter" \
        --wavenet-experiment "${kind}_wavenet" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$from_text" = true ]; then
    bash "$root/recipes/speak/run.sh" "${common[@]}" --text-experiment "${kind}_text" \
        -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$task" != synthesize ]; then
    bash "$root/recipes/enhance/run.sh" "${common[@]}" --systems "segan=${kind}_segan" \
        --noise-root "${noise_root:-$exp/mini/noise}" --held-out "$here/local/held_out_noises" \
        ${eval_speech_root:+--eval-speech-root "$eval_speech_root"} \
        ${rooms_root:+--rooms-root "$rooms_root"} \
        ${eval_pairs:+--eval-pairs "$eval_pairs"} -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$publish" = true ]; then
    if [ "$kind" = mini ]; then publish "$here/mini"; else publish "$here"; fi
fi
exit
}
