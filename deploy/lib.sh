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

# step LABEL COMMAND...: runs it with its output in build/logs. Prints the label, every 5 s the last line of output,
# and on failure the tail of it. Quiet steps that take less than a second leave one line.
step() {
    local label=$1 log began=$SECONDS pid last shown=""
    shift
    mkdir -p "$root/build/logs"
    log=$root/build/logs/$(printf '%s' "$label" | tr -c 'a-zA-Z0-9' '-').log
    say "$label"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        wait_for_end "$pid" 5
        kill -0 "$pid" 2>/dev/null || break
        last=$(tail -c 2000 "$log" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-110 || true)
        if [[ "$last" != "$shown" ]]; then
            say "  … $last"
            shown=$last
        fi
    done
    if wait "$pid"; then
        if ((SECONDS - began > 1)); then say "  done in $((SECONDS - began)) s"; fi
    else
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
