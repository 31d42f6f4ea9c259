#!/usr/bin/env bash
# The causal enhancer: which losses, and which parts of the network, matter, on three seeds each, in
# equal steps, scored on validation mixes alone.
#
#   bash egs/enhancer_ablation/run.sh                     two hours on one core; $SPEECHGEN_CORPORA
#   bash egs/enhancer_ablation/run.sh --seeds 0 --stop-stage 1
#
#   --corpora DIR       the recordings (default $SPEECHGEN_CORPORA): librispeech/train-clean-100, noise/
#   --seeds A,B         a training for each (0,1,2)
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/ablate/run.sh
#   --ngpu N --nj N     GPUs (0) and processor cores (1)
#   --publish           copy the table into this folder
#   -- KEY=VALUE        Hydra overrides of every training
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=enhancer_ablation
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"

exp=$root/exp
task=ablate
ngpu=0
nj=1
own_options=(corpora seeds)
corpora=${SPEECHGEN_CORPORA-} seeds=0,1,2
parse_options "$@"
[ "$task" = ablate ] || die "--task is ablate here"
[ -n "$corpora" ] || die "give the recordings with --corpora DIR or \$SPEECHGEN_CORPORA"
bash "$root/tools/setup.sh"
open_experiment

bash "$root/recipes/ablate/run.sh" --exp "$exp" --stage "$stage" --stop-stage "$stop_stage" \
    --ngpu "$ngpu" --nj "$nj" --data-root "$corpora/librispeech/train-clean-100" \
    --noise-root "$corpora/noise" --score-on valid --test-mixes 48 \
    --held-out "$here/local/held_out_noises" --rows "$here/local/rows" --seeds "$seeds" \
    --conf "$here/conf" -- ${overrides[@]+"${overrides[@]}"}
if [ "$publish" = true ]; then
    table=$exp/ablate/RESULTS.md
    [ -f "$table" ] || die "--publish: $table is not there; run all stages first"
    mkdir -p "$here/results"
    cp "$table" "$here/RESULTS.md"
    cp "$exp/ablate/results/ablation.json" "$here/results/ablation.json"
    say "== published to $here"
fi
exit
}
