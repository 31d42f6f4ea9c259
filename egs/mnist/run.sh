#!/usr/bin/env bash
# MNIST, statically and dynamically binarised: likelihoods beside the papers'.
#
#   bash egs/mnist/run.sh --download --data-root mnist        fetches 11 MB into mnist/
#   bash egs/mnist/run.sh --data-root $SPEECHGEN_CORPORA/images
#   bash egs/mnist/run.sh --data-root mnist --binarise dynamic -- vae:trainer.max_seconds=20000
#
#   --data-root DIR     folder of the four idx files, or the one above mnist/
#   --download          fetch what is not there
#   --binarise HOW      dynamic, static (initialised from dynamic's weights) or both (both)
#   --tables DIR        the models: files dynamic and static (local); six and a half hours on one core
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/pixels/run.sh
#   --ngpu N --nj N     GPUs (auto; 0 for none); trainings at a time (all cores)
#   --scored N          held-out images to measure likelihoods of (all 10,000)
#   --samples N         images to score of each model (1000)
#   --publish           copy the results into this folder
#   -- KEY=VALUE        Hydra overrides; NAME:KEY=VALUE for one model; a later limit trains on
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=mnist
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=pixels
own_options=(binarise tables scored samples)
own_flags=(download)
binarise=both tables=$here/local scored='' samples=1000 download=false
parse_options "$@"
[ "$task" = pixels ] || die "--task is pixels here"
[ -n "$data_root" ] || die "give MNIST's files with --data-root DIR, or fetch them with --download too"
case $binarise in
both) hows=(dynamic static) ;;
static | dynamic) hows=("$binarise") ;;
*) die "--binarise is static, dynamic or both, not '$binarise'" ;;
esac
bash "$root/tools/setup.sh"
open_experiment

data=$exp/mnist/data
words=()
if [ "$download" = true ]; then words=(--download); fi
step mnist.prepare --writes "$data/train.npz" "$data/valid.npz" "$data/test.npz" -- \
    speechgen prepare mnist "$data_root" --output "$data" --overwrite ${words[@]+"${words[@]}"}
for how in "${hows[@]}"; do
    bash "$root/recipes/pixels/run.sh" --exp "$exp" --part "mnist_$how" --data-root "$data" \
        --table "$tables/$how" --binarise "$how" --stage "$stage" --stop-stage "$stop_stage" \
        --ngpu "$ngpu" --nj "$nj" ${scored:+--scored "$scored"} --samples "$samples" \
        -- sample_classifier:trainer.max_steps=2000 ${overrides[@]+"${overrides[@]}"}
done
if [ "$publish" = true ]; then publish "$here"; fi
exit
}
