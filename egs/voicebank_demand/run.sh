#!/usr/bin/env bash
# Enhancement on VoiceBank-DEMAND's published splits: 28 speakers for training, 2 for the test.
#
#   bash egs/voicebank_demand/run.sh --download --data-root DIR       fetches 5.6 GB into DIR
#   bash egs/voicebank_demand/run.sh --data-root DIR                  DIR holds clean_trainset_28spk_wav ...
#
#   --systems "NAME=EXPERIMENT..."   segan=voicebank_segan, small, for a CPU (default); for a GPU, at
#                       full length, causal=voicebank_enhancer (33,600 steps, 4 GB) or
#                       segan=segan_paper (30,000 steps, 24 GB)
#   --eval-pairs DIR    clean/ and noisy/, scored beside the test set
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/enhance/run.sh
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder
#   -- KEY=VALUE        Hydra overrides
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=voicebank_demand
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=enhance
own_options=(systems)
own_flags=(download)
systems=segan=voicebank_segan
download=false
parse_options "$@"
case $task in enhance) ;; *) die "--task is enhance here" ;; esac
[ -n "$data_root" ] || die "give the corpus with --data-root DIR; --download fetches it into DIR"
bash "$root/tools/setup.sh"
open_experiment

if [ "$download" = true ]; then
    step voicebank.download --writes "$exp/voicebank/wav.scp" -- \
        speechgen prepare paired "$data_root" --download --output "$exp/voicebank"
fi
bash "$root/recipes/enhance/run.sh" --exp "$exp" --stage "$stage" --stop-stage "$stop_stage" \
    --ngpu "$ngpu" --nj "$nj" --pairs-root "$data_root" --conf "$here/conf" \
    --systems "$systems" ${eval_pairs:+--eval-pairs "$eval_pairs"} \
    -- ${overrides[@]+"${overrides[@]}"}
if [ "$publish" = true ]; then publish "$here"; fi
exit
}
