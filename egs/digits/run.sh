#!/usr/bin/env bash
# Every image model on the 8x8 digits that come with scikit-learn: nothing is downloaded.
#
#   bash egs/digits/run.sh                     11 minutes on two cores, from nothing
#   bash egs/digits/run.sh --stage 2           scores, pictures and report again
#   bash egs/digits/run.sh -- vae:model.arguments.latent=2 vae:trainer.max_steps=2000
#
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/pixels/run.sh
#   --ngpu N --nj N     GPUs (auto; 0 for none); trainings at a time (all cores)
#   --publish           copy the results into this folder
#   -- KEY=VALUE        Hydra overrides; NAME:KEY=VALUE for one model of local/models
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=digits
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=pixels
parse_options "$@"
[ "$task" = pixels ] || die "--task is pixels here"
bash "$root/tools/setup.sh"
open_experiment

data=$exp/digits/data
step digits.prepare --writes "$data/train.npz" "$data/valid.npz" "$data/test.npz" -- \
    speechgen prepare digits --output "$data" --overwrite
bash "$root/recipes/pixels/run.sh" --exp "$exp" --part digits --data-root "$data" \
    --table "$here/local/models" --stage "$stage" --stop-stage "$stop_stage" --ngpu "$ngpu" \
    --nj "$nj" -- sample_classifier:trainer.max_steps=600 ${overrides[@]+"${overrides[@]}"}
if [ "$publish" = true ]; then publish "$here"; fi
exit
}
