# The options every run.sh takes; sourced, not run. A script sets its own defaults, and the names of
# options only it has in `own_options` and `own_flags`; then it calls `parse_options "$@"`.

task=all                # which job
stage=0                 # first stage to run
stop_stage=99           # last stage to run
ngpu=auto               # GPUs to train on; 0 for none
nj=$(nproc 2>/dev/null || echo 1)   # processes and threads
data_root=              # corpus of clean speech
noise_root=             # tree of noises
rooms_root=             # tree of room impulse responses
eval_pairs=             # folder with clean/ and noisy/, only for scoring
exp=                    # where everything is written
publish=false           # copy the results to the experiment's folder in egs/
overrides=()            # Hydra overrides after --, for all trainings or NAME:KEY=VALUE for one
own_options=()
own_flags=()
_options=(task stage stop_stage ngpu nj data_root noise_root rooms_root eval_pairs exp)

say() { printf '%s\n' "$*"; }
die() { printf '%s: error: %s\n' "${program:-${0##*/}}" "$*" >&2; exit 2; }

# The comment at the top of the script is its help.
show_usage() {
    local line
    while IFS= read -r line; do
        case $line in
        '#!'*) ;;
        '#'*) line=${line#\#}; printf '%s\n' "${line# }" ;;
        *) break ;;
        esac
    done <"$0"
}

parse_options() {
    local name value
    while [ $# -gt 0 ]; do
        case $1 in
        --) shift; overrides=("$@"); break ;;
        -h | --help) show_usage; exit 0 ;;
        --?*) name=${1#--}; name=${name%%=*}; name=${name//-/_} ;;
        *) die "unexpected word '$1'; options begin with --, Hydra overrides come after --" ;;
        esac
        if _is_one_of "$name" publish ${own_flags[@]+"${own_flags[@]}"}; then
            case $1 in *=*) die "${1%%=*} takes no value" ;; esac
            printf -v "$name" true
            shift
            continue
        fi
        _is_one_of "$name" "${_options[@]}" ${own_options[@]+"${own_options[@]}"} ||
            die "unknown option ${1%%=*}; see --help"
        case $1 in
        *=*) value=${1#*=}; shift ;;
        *)
            case ${2---} in --*) die "$1 needs a value" ;; esac
            value=$2
            shift 2
            ;;
        esac
        printf -v "$name" '%s' "$value"
    done
    _check_values
}

_is_one_of() {
    local wanted=$1 known
    shift
    for known in "$@"; do if [ "$wanted" = "$known" ]; then return 0; fi; done
    return 1
}

_check_values() {
    local name
    for name in stage stop_stage nj; do
        case ${!name} in '' | *[!0-9]*) die "--${name//_/-} needs a number, not '${!name}'" ;; esac
    done
    case $ngpu in auto) ;; '' | *[!0-9]*) die "--ngpu needs a number or auto, not '$ngpu'" ;; esac
    if [ "$nj" -lt 1 ]; then die "--nj needs at least 1"; fi
    if [ "${download-}" = true ] && [ -n "$data_root" ]; then mkdir -p "$data_root"; fi
    for name in data_root noise_root rooms_root eval_pairs extra_root eval_speech_root \
        pairs_root; do
        if [ -n "${!name-}" ] && [ ! -d "${!name}" ]; then
            die "--${name//_/-} ${!name}: no such folder"
        fi
    done
}
