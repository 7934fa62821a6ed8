#!/bin/bash
# What `watch --listen` holds while it is asked once a second, for an hour: memory, descriptors and threads. It gets its tokens from a simulated
# Entra, over TLS.
#   sustained.sh [EXECUTABLE]      default: what publish.sh made in artifacts/probe/static
# MINUTES=60; its other settings are the variables of podidentity-probe. It ends with 1 when the limit is not met.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
probe=${1:-$here/../../artifacts/probe/static/podidentity-probe}
port=${PORT:-38091}
limit=20 # MB
work=$(mktemp -d)
trap 'kill "$watch" 2>/dev/null || true; exec 3>&- 4<&-; rm -rf "$work"' EXIT
# shellcheck source=node.sh
. "$here/node.sh"

cat "$here/../../artifacts/probe/static/ca-certificates.crt" "$ca" >"$work/bundle.crt"
AZURE_FEDERATED_TOKEN_FILE=$federated AZURE_AUTHORITY_HOST=$authority AZURE_TENANT_ID=$tenant AZURE_CLIENT_ID=$client SSL_CERT_FILE=$work/bundle.crt \
  "$probe" watch token --listen "127.0.0.1:$port" >"$work/log" 3>&- 4<&- &
watch=$!
ask() { curl --silent --show-error --fail --output /dev/null "http://127.0.0.1:$port/$1"; }
until grep -q Healthy "$work/log"; do kill -0 "$watch"; done

echo "| after | in memory | descriptors | threads |"
echo "|---|---|---|---|"
for ((second = 1; second <= 60 * ${MINUTES:-60}; second++)); do
  ask readyz
  if ((second % 15 == 0)); then ask metrics; fi
  case $second in
    60 | 600 | 1800 | 3600)
      awk -v minutes=$((second / 60)) -v descriptors="$(find "/proc/$watch/fd" -mindepth 1 | wc -l)" \
        '/^VmRSS/ { rss = $2 * 1024 / 1e6 } /^Threads/ { threads = $2 }
        END { printf "| %d min | %.1f MB | %d | %d |\n", minutes, rss, descriptors, threads }' "/proc/$watch/status"
      ;;
  esac
  sleep 1
done

awk -v limit=$limit '/^VmHWM/ { peak = $2 * 1024 / 1e6 }
  END { printf "\nAt most %.1f MB in memory; the limit is %d MB.\n", peak, limit; exit peak > limit }' "/proc/$watch/status"
