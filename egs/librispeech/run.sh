#!/usr/bin/env bash
# The enhancer that speechgen ships: LibriSpeech and other voices, mixed with noises and rooms. The shipped
# weights had more speech and steps, on a GPU; their card has every command.
#
#   bash egs/librispeech/run.sh                     two hours on a core; $SPEECHGEN_CORPORA
#   bash egs/librispeech/run.sh --corpora DIR --exp DIR
#
#   --corpora DIR       the recordings (default $SPEECHGEN_CORPORA): librispeech/train-clean-100
#                       and test-other, arctic, noise/, rooms/ and
#                       paired/dns2020_no_reverb_part
#   --systems "NAME=EXPERIMENT..."   of recipes/enhance/run.sh (causal=libri_enhancer); with
#                       tiny=spectral_enhancer_tiny the one for live use, too
#   --exp DIR           where everything goes (exp); one run at a time
#   --stage N --stop-stage M    of recipes/enhance/run.sh
#   --ngpu N --nj N     GPUs (auto; 0 for none) and processor cores
#   --publish           copy the results into this folder
#   -- KEY=VALUE        Hydra overrides of the training
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=librispeech
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
task=enhance
own_options=(corpora systems)
corpora=${SPEECHGEN_CORPORA-} systems=causal=libri_enhancer
parse_options "$@"
[ "$task" = enhance ] || die "--task is enhance here"
[ -n "$corpora" ] || die "give the recordings with --corpora DIR or \$SPEECHGEN_CORPORA"
bash "$root/tools/setup.sh"
open_experiment

# more voices for training, none of VCTK, whose speech VoiceBank-DEMAND is
step voices.arctic --reads "$corpora/arctic" --writes "$exp/voices/arctic/wav.scp" -- \
    speechgen prepare auto "$corpora/arctic" --output "$exp/voices/arctic"

bash "$root/recipes/enhance/run.sh" --exp "$exp" --stage "$stage" --stop-stage "$stop_stage" \
    --ngpu "$ngpu" --nj "$nj" --data-root "$corpora/librispeech/train-clean-100" \
    --extra-root "$exp/voices/arctic" --eval-speech-root "$corpora/librispeech/test-other" \
    --noise-root "$corpora/noise" --held-out "$here/local/held_out_noises" \
    --valid-voices 12 --valid-noises 0.06 --rooms-root "$corpora/rooms" --eval-pairs "$corpora/paired/dns2020_no_reverb_part" \
    --conf "$here/conf" --systems "$systems" -- ${overrides[@]+"${overrides[@]}"}
if [ "$publish" = true ]; then publish "$here"; fi
exit
}
