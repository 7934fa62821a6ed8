#!/bin/bash
# Compares podidentity-probe with curl: 50 interleaved runs of each, against a simulated node and against a simulated Entra, and a table of
# the medians.
#   run.sh [DIRECTORY]      what publish.sh made (default: artifacts/probe)
# It ends with 3 when a limit is not met.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
published=$(cd "${1:-$root/artifacts/probe}" && pwd)
runs=50
work=$(mktemp -d)

# shellcheck disable=SC2317,SC2329 # the trap calls it
end() {
  exec 3>&- 4<&-
  rm -rf "$work"
}
trap end EXIT

missing=()
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v curl >/dev/null || missing+=(curl)
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "run.sh needs ${missing[*]}; install them." >&2
    exit 2
  fi

  echo "run.sh installs ${missing[*]}." >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

gcc -O2 -static -o "$work/measure" "$here/measure.c"
# shellcheck source=node.sh
. "$here/node.sh"

# Both read as many CAs as a pod has, from one file.
unset SSL_CERT_DIR
bundle=$work/bundle.crt
cat "$published/static/ca-certificates.crt" "$ca" >"$bundle"
url="$endpoint?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F"

measured() { # FILE COMMAND…
  "$work/measure" "${@:2}" 2>>"$work/$1" >/dev/null
}

http() { # WARM-UP
  measured "$1http-curl" "$(type -P curl)" -sf -H Metadata:true "$url"
  for kind in native static; do
    POD_IDENTITY_URL=$endpoint measured "$1http-$kind" "$published/$kind/podidentity-probe" check token
  done
}

https() { # WARM-UP
  measured "$1https-curl" "$(type -P curl)" -sf --cacert "$bundle" "$authority/$tenant/oauth2/v2.0/token" \
    --data grant_type=client_credentials --data "client_id=$client" --data-urlencode scope=https://management.azure.com//.default \
    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode "client_assertion@$federated"
  for kind in native static; do
    AZURE_FEDERATED_TOKEN_FILE=$federated AZURE_AUTHORITY_HOST=$authority AZURE_TENANT_ID=$tenant AZURE_CLIENT_ID=$client SSL_CERT_FILE=$bundle \
      measured "$1https-$kind" "$published/$kind/podidentity-probe" check token
  done
}

# Once each, so that all of it is in memory.
http warm-up-
https warm-up-
for _ in $(seq "$runs"); do
  http ""
  https ""
done

if cut -d ' ' -f 4 "$work"/http*-* | grep -qv '^0$'; then
  echo "A run has failed." >&2
  exit 2
fi

median() { cut -d ' ' -f "$2" "$work/$1" | sort -n | sed -n "$((runs / 2))p"; } # OF COLUMN

missed=0
row() { # NAME UNIT DIVISOR CURL NATIVE STATIC
  awk -v name="$1" -v unit="$2" -v by="$3" -v c="$4" -v n="$5" -v s="$6" 'BEGIN {
    met = n <= c && s <= c
    printf "| %s | %.2f %s | %.2f %s (%.2f ×) | %.2f %s (%.2f ×) | ≤ 1.0 × curl | %s |\n",
      name, c / by, unit, n / by, unit, n / c, s / by, unit, s / c, (met ? "met" : "not met")
    exit !met }' || missed=3
}

limit() { # NAME LIMIT NATIVE STATIC
  awk -v name="$1" -v limit="$2" -v n="$3" -v s="$4" 'BEGIN {
    met = n <= limit * 1e6 && s <= limit * 1e6
    printf "| %s | | %s | %s | ≤ %s MB | %s |\n", name, (n > 0 ? sprintf("%.2f MB", n / 1e6) : ""), (s > 0 ? sprintf("%.2f MB", s / 1e6) : ""), limit, (met ? "met" : "not met")
    exit !met }' || missed=3
}

echo "| median of $runs | curl $(command curl --version | head -n 1 | cut -d ' ' -f 2) | native | static | limit | |"
echo "|---|---|---|---|---|---|"
compare() { # SCHEME NAME UNIT DIVISOR COLUMN
  row "$1, $2" "$3" "$4" "$(median "$1-curl" "$5")" "$(median "$1-native" "$5")" "$(median "$1-static" "$5")"
}
for scheme in http https; do
  compare "$scheme" "wall time" ms 1000 1
  compare "$scheme" "CPU time" ms 1000 2
  compare "$scheme" "peak memory" MiB 1024 3
done
limit "executable" 8 "$(stat -c %s "$published/native/podidentity-probe")" 0
limit "executable, static" 11.5 0 "$(stat -c %s "$published/static/podidentity-probe")"
limit "image, uncompressed" 12 0 "$(stat -c %s "$published/podidentity-probe.tar")"
exit "$missed"
