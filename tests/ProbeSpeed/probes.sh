#!/bin/bash
# Compares an httpGet probe of `watch --listen` with an exec probe of `status`, interleaved, 30 of each a second for half a minute, and says what
# the watch then needs in memory.
#   probes.sh [EXECUTABLE]      default: what publish.sh made in artifacts/probe/static
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
probe=${1:-$here/../../artifacts/probe/static/podidentity-probe}
port=${PORT:-38090}
work=$(mktemp -d)
trap 'kill "$watch" 2>/dev/null || true; rm -rf "$work"' EXIT

gcc -O2 -o "$work/probes" "$here/probes.c"

# It asks nobody, so that only the probes are measured.
POD_IDENTITY_DISABLED=true "$probe" watch token --listen "127.0.0.1:$port" --status-file "$work/identity" >"$work/log" &
watch=$!
until grep -q checked "$work/log"; do :; done
"$work/probes" "${COUNT:-900}" "$port" "$watch" "$probe" status "$work/identity"
awk '/VmRSS/ { printf "\nThe watch has %.1f MiB in memory.\n", $2 / 1024 }' "/proc/$watch/status"
