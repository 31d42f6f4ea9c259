#!/usr/bin/env bash
# Latents of spoken digits, or digits from text (FSDD, six speakers, 8 kHz); without data, of a
# generated mini corpus.
#
#   bash egs/fsdd/run.sh --task latent                       minutes on two cores, from nothing
#   bash egs/fsdd/run.sh --task latent --data-root fsdd      DIGIT_SPEAKER_INDEX files
#   bash egs/fsdd/run.sh --task speak --data-root fsdd       text-small tuned to the six voices
#   bash egs/fsdd/run.sh --data-root fsdd --stage 2 -- gan:trainer.max_steps=20000
#
#   --task latent|speak|all
#   --data-root DIR     the corpus; indices 0-4 of every digit and speaker are the test set
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of the recipes: see recipes/{latent,speak}/run.sh --help
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder (those of the mini corpus into mini/)
#   -- KEY=VALUE        Hydra overrides; of one training: vae:KEY=VALUE, gan:, longer:, text:
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=fsdd
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=latent
parse_options "$@"
case $task in latent | speak | all) ;; *) die "--task is latent, speak or all" ;; esac
bash "$root/tools/setup.sh"
open_experiment

if [ -z "$data_root" ]; then
    kind=mini
    step mini --writes "$exp/mini/mini.json" -- speechgen prepare mini --output "$exp/mini"
    from=(--data-root "$exp/mini") latent=(--scored 40) speak=()
else
    kind=real
    step fsdd --reads "$data_root" --writes "$exp/fsdd/train/wav.scp" "$exp/fsdd/test/wav.scp" -- \
        speechgen prepare fsdd "$data_root" --output "$exp/fsdd"
    from=(--parts "$exp/fsdd") latent=()
    # PocketSphinx knows no words by themselves; a classifier that recordings teach does
    speak=(--closed-set --measure none --utterances 300 --voices own --by-vectors --named slt,bdl
        --title "text-small, tuned")
fi
common=(--exp "$exp" --stage "$stage" --stop-stage "$stop_stage" --ngpu "$ngpu" --nj "$nj"
    "${from[@]}" --conf "$here/conf")
if [ "$task" != speak ]; then
    bash "$root/recipes/latent/run.sh" "${common[@]}" ${latent[@]+"${latent[@]}"} \
        --vae-experiment "${kind}_vae" --gan-experiment "${kind}_gan" \
        -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$task" != latent ]; then
    bash "$root/recipes/speak/run.sh" "${common[@]}" ${speak[@]+"${speak[@]}"} \
        --text-experiment "${kind}_text" -- ${overrides[@]+"${overrides[@]}"}
fi
if [ "$publish" = true ]; then
    if [ "$kind" = mini ]; then publish "$here/mini"; else publish "$here"; fi
fi
exit
}
