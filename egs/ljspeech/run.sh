#!/usr/bin/env bash
# Vocoding and text to speech of one voice, LJ Speech, or of any speech; without data, on a
# generated mini corpus.
#
#   bash egs/ljspeech/run.sh                                 15 minutes on two cores, from nothing
#   bash egs/ljspeech/run.sh --data-root LJSpeech-1.1        as it is unpacked: wavs/LJ001-0001.wav
#   bash egs/ljspeech/run.sh --download --data-root DIR      fetches 2.7 GB into DIR
#   bash egs/ljspeech/run.sh --data-root LJSpeech-1.1 -- wavenet:trainer.max_seconds=20000
#
#   --task vocode|speak|all    from mel to wave (vocode), or text to speech through a converter
#   --download          fetch LJ Speech into --data-root first
#   --large             speak: a text model of its own, of the paper's sizes, for a GPU
#   --data-root DIR     speech; cut at sentences, so that test sentences are new and voices known
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of the recipes: see recipes/{vocode,speak}/run.sh --help
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder (those of the mini corpus into mini/)
#   -- KEY=VALUE        Hydra overrides; of one training: wavenet:KEY=VALUE, harmonic:, parallel:, text:
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=ljspeech
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_flags=(download large)
task=vocode download=false large=false
parse_options "$@"
case $task in vocode | speak | all) ;; *) die "--task is vocode, speak or all" ;; esac
if [ "$download" = true ] && [ -z "$data_root" ]; then die "--download needs --data-root DIR"; fi
bash "$root/tools/setup.sh"
open_experiment

kind=real text=real_text
speak=(--heard "LJ001 and part of LJ002" --title "text-small, tuned" --utterances 20)
if [ -z "$data_root" ]; then
    kind=mini text=mini_text speak=()
    step mini --writes "$exp/mini/mini.json" -- speechgen prepare mini --output "$exp/mini"
fi
from=${data_root:-$exp/mini}
if [ "$download" = true ]; then
    step ljspeech --writes "$exp/ljspeech/wav.scp" -- \
        speechgen prepare ljspeech "$data_root" --download --output "$exp/ljspeech"
    from=$exp/ljspeech
fi
if [ "$large" = true ]; then text=text_model_large speak+=(--title "text model, large"); fi
common=(--exp "$exp" --stage "$stage" --stop-stage "$stop_stage" --ngpu "$ngpu" --nj "$nj"
    --data-root "$from" --conf "$root/egs/arctic/conf")
if [ "$task" != speak ]; then
    bash "$root/recipes/vocode/run.sh" "${common[@]}" \
        --wavenet-experiment "${kind}_wavenet" --harmonic-experiment "${kind}_harmonic" \
        --parallel-experiment "${kind}_parallel" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$task" != vocode ]; then
    bash "$root/recipes/speak/run.sh" "${common[@]}" ${speak[@]+"${speak[@]}"} \
        --text-experiment "$text" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$publish" = true ]; then
    if [ "$kind" = mini ]; then publish "$here/mini"; else publish "$here"; fi
fi
exit
}
