#!/usr/bin/env bash
# Vocoding of one voice, LJ Speech, or of any speech; without data, on a generated mini corpus.
#
#   bash egs/ljspeech/run.sh                                 15 minutes on two cores, from nothing
#   bash egs/ljspeech/run.sh --data-root LJSpeech-1.1        as it is unpacked: wavs/LJ001-0001.wav
#   bash egs/ljspeech/run.sh --data-root LJSpeech-1.1 -- wavenet:trainer.max_seconds=20000
#
#   --data-root DIR     speech; cut at sentences, so that test sentences are new and voices known
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/vocode/run.sh
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder (those of the mini corpus into mini/)
#   -- KEY=VALUE        Hydra overrides; wavenet:KEY=VALUE, harmonic:... or parallel:... for one
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=ljspeech
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=vocode
parse_options "$@"
case $task in vocode) ;; *) die "--task is vocode here" ;; esac
bash "$root/tools/setup.sh"
open_experiment

kind=real
if [ -z "$data_root" ]; then
    kind=mini
    step mini --writes "$exp/mini/mini.json" -- speechgen prepare mini --output "$exp/mini"
fi
bash "$root/recipes/vocode/run.sh" --exp "$exp" --stage "$stage" --stop-stage "$stop_stage" \
    --ngpu "$ngpu" --nj "$nj" --data-root "${data_root:-$exp/mini}" --conf "$root/egs/arctic/conf" \
    --wavenet-experiment "${kind}_wavenet" --harmonic-experiment "${kind}_harmonic" \
    --parallel-experiment "${kind}_parallel" \
    -- ${overrides[@]+"${overrides[@]}"}
if [ "$publish" = true ]; then
    if [ "$kind" = mini ]; then publish "$here/mini"; else publish "$here"; fi
fi
exit
}
