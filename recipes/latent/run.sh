#!/usr/bin/env bash
# Latents of speech: a 1-D VAE of waveforms, then adversarial fine-tuning of its decoder (VAE-GAN).
#
#   bash recipes/latent/run.sh --data-root DIR [options] [-- KEY=VALUE...]
#
# Stages: 0 data  1 phase one, the VAE  2 phase two, the VAE-GAN, and as many steps without
#   discriminators  3 reconstructions, interpolations, other voices, draws  4 scores  5 report
#
#   --data-root DIR         speech: data directory, VCTK's tree or SPEAKER/UTTERANCE
#   --parts DIR             instead: a folder with the data directories train, valid and test
#   --exp DIR               where everything goes (exp); one run at a time
#   --stage N --stop-stage M    only these stages
#   --ngpu N --nj N         GPUs (auto; 0 for none) and processor cores
#   --conf DIR              folder with experiment/*.yaml beside the packaged ones
#   --vae-experiment, --gan-experiment NAME
#   --scored N              held-out utterances to score (300)
#   --shown N               of those, how many to draw and to keep as samples (3)
#   -- KEY=VALUE            Hydra overrides: of all trainings, or vae:KEY=VALUE, gan:..., longer:...
set -euo pipefail
{ # read as a whole before it runs, so that editing it does not disturb a run
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=latent
task_name=latent
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/data.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"

exp=$root/exp
own_options=(parts conf vae_experiment gan_experiment scored shown)
parts='' conf='' scored=300 shown=3
vae_experiment=vae1d gan_experiment=vae1d_gan
parse_options "$@"
if [ -z "$data_root$parts" ]; then die "give the speech with --data-root DIR"; fi
open_experiment
work=$exp/$task_name
data=$work/data
systems=(vae longer gan)
declare -A titles=([vae]='phase one' [longer]='phase one and as many steps as phase two, no discriminator'
    [gan]='phase two, against discriminators')

if stage 0 "data directories, no sentence on two sides, and the vectors of their voices"; then
    prepare_parts
    for part in train valid test; do
        step "latent.embed_$part" --reads "$data/$part" --writes "$data/$part.npz" -- \
            speechgen embed --data "$data/$part" --output "$data/$part.npz" \
            --device "$(device)" --overwrite
    done
fi

words=(data.train="$data/train" data.valid="$data/valid"
    data.speaker_vectors="$data/train.npz" data.valid_speaker_vectors="$data/valid.npz")
reads=("$data/train" "$data/valid" "$data/train.npz" "$data/valid.npz")
if stage 1 "phase one: the VAE"; then
    train vae "$vae_experiment" "$work/vae" "${reads[@]}" -- "${words[@]}"
fi

if stage 2 "phase two: its decoder against discriminators; the same steps without them"; then
    words+=(init_from="$work/vae/model")
    reads+=("$work/vae/model")
    train gan "$gan_experiment" "$work/gan" "${reads[@]}" -- "${words[@]}"
    train longer "$gan_experiment" "$work/longer" "${reads[@]}" -- "${words[@]}" \
        objective.weights.adversarial=0 objective.weights.feature=0
fi

if stage 3 "reconstructions, interpolations, other voices, draws from the prior"; then
    step latent.show --reads "$data/test" "$data/test.npz" "$work/vae/model" "$work/gan/model" \
        --anew "$work/figures" "$work/samples" -- \
        speechgen score latent-samples --data "$data/test" --vectors "$data/test.npz" \
        --model "$work/vae/model" --model "$work/gan/model" --limit "$shown" \
        --figures "$work/figures" --sounds "$work/samples" --device "$(device)"
fi

if stage 4 "scores"; then
    mkdir -p "$work/results"
    for system in "${systems[@]}"; do
        step "latent.score_$system" --reads "$data/test" "$data/test.npz" "$work/$system/model" \
            --writes "$work/results/$system.json" --lenient -- \
            speechgen score latent --model "$work/$system/model" --data "$data/test" \
            --vectors "$data/test.npz" --system "${titles[$system]}" --limit "$scored" \
            --output "$work/reconstructions/$system" --overwrite \
            --device "$(device)" --json "$work/results/$system.json"
    done
fi

if stage 5 "report"; then
    report_and_list "$work/samples" "$work/figures"
fi
exit
}
