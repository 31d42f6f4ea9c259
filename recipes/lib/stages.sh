# Stages, steps and the lock; sourced after options.sh.
#
#   open_experiment            makes and locks $exp, finds the speechgen command
#   stage 3 "what it does"     true if 3 is within --stage and --stop-stage
#   step NAME [--reads PATH...] [--writes PATH...] [--anew PATH...] [--lenient] -- COMMAND...
#
# A step writes a stamp when it has succeeded: the hash of its command, of the configuration in
# $conf and of the names and sizes of what it reads (and the content of small files). It is skipped
# while that hash is the same and what it writes is there. A step that was killed is run again and
# goes on from what it had written, and so does one of which only trainer.* has changed. Where other
# words of the command or its input have changed, what is listed after --anew is first moved to
# $exp/superseded, so that old and new are never mixed. Nothing is deleted. --lenient lets a command
# that ends with status 1 pass if it wrote what it should: of many files, some could not be done.

open_experiment() {
    [ -n "$exp" ] || die "--exp is empty"
    mkdir -p "$exp/.stamps" "$exp/log" || die "--exp $exp: cannot be written"
    if [ "${SPEECHGEN_LOCKED_EXP-}" != "$(cd "$exp" && pwd -P)" ]; then
        command -v flock >/dev/null || die "the command flock is missing; install util-linux"
        # Children inherit the open file, so the lock lasts as long as any of them works.
        exec 9>"$exp/.lock"
        # one that was killed a moment ago may still be ending
        flock --wait 5 9 || die "another run is at work in $exp; wait for it or give another --exp"
        SPEECHGEN_LOCKED_EXP=$(cd "$exp" && pwd -P)
        export SPEECHGEN_LOCKED_EXP
    fi
    if [ -x "$root/.venv/bin/speechgen" ]; then PATH=$root/.venv/bin:$PATH; fi
    command -v speechgen >/dev/null ||
        die "the command speechgen is missing; run: bash $root/tools/setup.sh"
    export PATH OMP_NUM_THREADS=${OMP_NUM_THREADS:-$nj}
}

stage() {
    if [ "$1" -lt "$stage" ] || [ "$1" -gt "$stop_stage" ]; then return 1; fi
    say "== ${program:+$program, }stage $1: $2"
}

step() {
    local name=$1 mode='' stamp hash origin status began=$SECONDS
    local reads=() writes=() anew=() lenient=false
    shift
    while [ "$1" != -- ]; do
        case $1 in
        --lenient) lenient=true ;;
        --reads | --writes | --anew) mode=${1#--} ;;
        *)
            case $mode in
            reads) reads+=("$1") ;;
            writes) writes+=("$1") ;;
            anew) anew+=("$1"); writes+=("$1") ;;
            *) die "step $name: unexpected '$1'" ;;
            esac
            ;;
        esac
        shift
    done
    shift
    stamp=$exp/.stamps/$name
    origin=$(_fingerprint "${reads[@]+"${reads[@]}"}" -- "$@") ||
        die "step $name: cannot read its input; have the stages before it been run?"
    hash=$({ printf '%s\n' "$origin" "$@"; _configuration; } | _sha256)
    if [ "$(_content "$stamp.done")" = "$hash" ] && _all_there "${writes[@]+"${writes[@]}"}"; then
        say "-- $name: done already"
        return
    fi
    rm -f "$stamp.done"
    if [ "$(_content "$stamp.begun")" != "$origin" ]; then
        _move_aside "${anew[@]+"${anew[@]}"}"
        printf '%s\n' "$origin" >"$stamp.begun"
    fi
    say "-- $name: reads ${reads[*]+"${reads[*]}"}; writes ${writes[*]+"${writes[*]}"}"
    printf '%s %s:' "$(date '+%F %T')" "$name" >>"$exp/log/commands"
    printf ' %q' "$@" >>"$exp/log/commands"
    printf '\n' >>"$exp/log/commands"
    status=0
    _logged "$exp/log/$name.log" "$@" || status=$?
    if [ "$status" -eq 1 ] && [ "$lenient" = true ] &&
        _all_there "${writes[@]+"${writes[@]}"}"; then
        say "-- $name: some files could not be done, see above; going on with the others"
    elif [ "$status" -ne 0 ]; then
        printf '%s: step %s failed with status %s\n' "${program:-recipe}" "$name" "$status" >&2
        exit "$status"
    fi
    _all_there "${writes[@]+"${writes[@]}"}" || die "step $name ended well but wrote not all it should"
    printf '%s\n' "$hash" >"$stamp.part"
    mv "$stamp.part" "$stamp.done"
    say "-- $name: $((SECONDS - began)) s"
}

# On a terminal the command keeps it, for the sake of its progress bar; elsewhere a log is kept.
_logged() {
    local log=$1
    shift
    if [ -t 1 ]; then
        "$@"
    else
        "$@" 2>&1 | tee "$log"
    fi
}

_content() { if [ -f "$1" ]; then cat "$1"; fi; }

_all_there() {
    local path
    for path in "$@"; do if [ ! -e "$path" ]; then return 1; fi; done
}

_move_aside() {
    local path target number
    for path in "$@"; do
        if [ ! -e "$path" ]; then continue; fi
        mkdir -p "$exp/superseded"
        number=1
        target=$exp/superseded/${path##*/}
        while [ -e "$target.$number" ]; do number=$((number + 1)); done
        mv "$path" "$target.$number"
        say "-- what was in $path is now in $target.$number"
    done
}

# _fingerprint PATH... -- COMMAND...: of input and command, trainer.* left out
_fingerprint() {
    local word
    {
        while [ "$1" != -- ]; do
            printf 'path %s\n' "$1"
            _listing "$1" || return 1
            shift
        done
        for word in "$@"; do
            case $word in trainer.*) ;; *) printf 'word %s\n' "$word" ;; esac
        done
    } | _sha256
}

_configuration() { if [ -n "${conf-}" ]; then _listing "$conf"; fi; }

# Names and sizes of the files in a folder, and the checksums of small files and lists.
_listing() {
    if [ -f "$1" ]; then
        cksum <"$1"
    elif [ -d "$1" ]; then
        (
            cd "$1" || exit 1
            find -L . -name '.?*' -prune -o -type f -exec wc -c {} + | grep -v ' total$' | LC_ALL=C sort
            find -L . -name '.?*' -prune -o -type f \( -size -64 -o -name wav.scp \) -exec cksum {} + |
                LC_ALL=C sort
        )
    else
        printf '%s: no such file or folder\n' "$1" >&2
        return 1
    fi
}

_sha256() {
    if command -v sha256sum >/dev/null; then sha256sum | cut -d' ' -f1
    else shasum -a 256 | cut -d' ' -f1; fi
}

# spread COMMAND...: runs it in the background as soon as fewer than $nj are at work, on one core
spread() {
    while [ "$(jobs -rp | wc -l)" -ge "$nj" ]; do wait -n || spread_failed=true; done
    (
        nj=1
        export OMP_NUM_THREADS=1
        "$@"
    ) < /dev/null > >(cat) 2>&1 &
}

# gather: waits for what was spread; stops the recipe where one of them failed
gather() {
    local child
    for child in $(jobs -p); do wait "$child" || spread_failed=true; done
    if [ "${spread_failed-}" = true ]; then die "a step failed, see above; the same command goes on"; fi
}
