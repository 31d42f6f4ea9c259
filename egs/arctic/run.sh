#!/usr/bin/env bash
# Vocoding and text to speech on two voices of CMU ARCTIC, or on any speech; without data, on a
# generated mini corpus.
#
#   bash egs/arctic/run.sh                               15 minutes on two cores, from nothing
#   bash egs/arctic/run.sh --data-root arctic            SPEAKER/UTTERANCE
#   bash egs/arctic/run.sh --data-root arctic --stage 1 -- wavenet:trainer.max_seconds=20000
#
#   --task vocode|speak|all    from mel to wave (vocode), or text to speech through a converter
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
program=arctic
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=vocode
parse_options "$@"
case $task in vocode | speak | all) ;; *) die "--task is vocode, speak or all" ;; esac
bash "$root/tools/setup.sh"
open_experiment

# text-small learnt from ARCTIC, but for these sentences
kind=real
speak=(--held-out "$here/local/held_out" --title "text-small, tuned" --utterances 40)
if [ -z "$data_root" ]; then
    kind=mini speak=()
    step mini --writes "$exp/mini/mini.json" -- speechgen prepare mini --output "$exp/mini"
fi
common=(--exp "$exp" --stage "$stage" --stop-stage "$stop_stage" --ngpu "$ngpu" --nj "$nj"
    --data-root "${data_root:-$exp/mini}" --conf "$here/conf")
if [ "$task" != speak ]; then
    bash "$root/recipes/vocode/run.sh" "${common[@]}" \
        --wavenet-experiment "${kind}_wavenet" --harmonic-experiment "${kind}_harmonic" \
        --parallel-experiment "${kind}_parallel" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$task" != vocode ]; then
    bash "$root/recipes/speak/run.sh" "${common[@]}" ${speak[@]+"${speak[@]}"} \
        --text-experiment "${kind}_text" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$publish" = true ]; then
    if [ "$kind" = mini ]; then publish "$here/mini"; else publish "$here"; fi
fi
exit
}
