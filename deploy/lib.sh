# Shared by deploy/install, deploy/quickstart and deploy/test. Sourced, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # some names are used by the scripts that source this file

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/build/release/stoker
started_at=$SECONDS
PATH=$HOME/.local/bin:/usr/local/bin:$PATH

say() { printf '[%4ds] %s\n' "$((SECONDS - started_at))" "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# The first lines of a script's own header comment, as its --help.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# Waits up to $2 seconds for process $1 to end; returns as soon as it does.
wait_for_end() { timeout "$2" tail --pid="$1" -f /dev/null 2>/dev/null || true; }

step_pid=""
# Ends what `step` is running, with everything it started. Call it from the EXIT trap.
end_step() {
    if [[ -n $step_pid ]]; then kill -TERM -- "-$step_pid" 2>/dev/null || true; fi
}
trap end_step EXIT

# step LABEL COMMAND...: runs it with its output in build/logs. Prints the label, every 5 s the last line of output,
# and on failure the tail of it. Quiet steps that take less than a second leave one line.
step() {
    local label=$1 log began=$SECONDS last shown=""
    shift
    mkdir -p "$root/build/logs"
    # A label may list many packages; a file's name has at most 255 bytes.
    log=$root/build/logs/$(printf '%.80s' "$label" | tr -c 'a-zA-Z0-9' '-').log
    say "$label"
    set -m # a process group of its own, so that end_step reaches all of it
    "$@" >"$log" 2>&1 </dev/null &
    step_pid=$!
    set +m
    while kill -0 "$step_pid" 2>/dev/null; do
        wait_for_end "$step_pid" 5
        kill -0 "$step_pid" 2>/dev/null || break
        last=$(tail -c 2000 "$log" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-110 || true)
        if [[ "$last" != "$shown" ]]; then
            say "  … $last"
            shown=$last
        fi
    done
    if wait "$step_pid"; then
        step_pid=""
        if ((SECONDS - began > 1)); then say "  done in $((SECONDS - began)) s"; fi
    else
        step_pid=""
        tail -n 40 "$log" >&2
        die "\"$label\" failed; all of its output is in ${log#"$root"/}"
    fi
}

build_release() { # TARGET...
    local preset=release
    if [[ ! -f "$root/build/$preset/build.ninja" ]]; then
        step "Configure ($preset)" cmake -S "$root" --preset "$preset"
    fi
    step "Build ($preset: $*)" cmake --build "$root/build/$preset" --target "$@"
}
