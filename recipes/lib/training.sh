# One training as a step; sourced after stages.sh.

# train NAME EXPERIMENT FOLDER READS... -- OVERRIDE...
#
# Trains into FOLDER (the model is in FOLDER/model) with what was given on the command line after
# --: plain overrides are for every training, NAME:KEY=VALUE is for this one only.
train() {
    local name=$1 experiment=$2 folder=$3 override
    local reads=() words=()
    shift 3
    while [ "$1" != -- ]; do reads+=("$1"); shift; done
    shift
    words=("experiment=$experiment" "output=$folder" "trainer.threads=$nj" "$@")
    case $ngpu in
    auto) ;;
    0) words+=(trainer.accelerator=cpu) ;;
    *) words+=(trainer.accelerator=gpu "trainer.devices=$ngpu") ;;
    esac
    for override in "${overrides[@]+"${overrides[@]}"}"; do
        case $override in
        "$name:"*) words+=("${override#*:}") ;;
        *:*=*) case ${override%%:*} in *=*) words+=("$override") ;; esac ;; # of another training
        *) words+=("$override") ;;
        esac
    done
    step "$task_name.train_$name" --reads "${reads[@]}" --writes "$folder/model/model.safetensors" \
        --anew "$folder" -- speechgen train "${words[@]}" ${conf:+--config-dir "$conf"}
}

# The --device that goes with --ngpu.
device() { case $ngpu in auto) say auto ;; 0) say cpu ;; *) say cuda ;; esac; }
