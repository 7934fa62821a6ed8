#!/bin/bash
# Compares podidentity-probe with curl: 50 interleaved runs of each against a simulated node, and a table of the medians.
#   run.sh [DIRECTORY]      what publish.sh made (default: artifacts/probe)
# It ends with 1 when a limit is not met.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
published=$(cd "${1:-$root/artifacts/probe}" && pwd)
runs=50
work=$(mktemp -d)

# shellcheck disable=SC2317,SC2329 # the trap calls it
end() {
  exec 3>&-
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
dotnet build "$here" --configuration Release --nologo --verbosity quiet >&2
mkfifo "$work/input" "$work/output"
dotnet "$here/bin/Release/net10.0/ProbeSpeed.dll" <"$work/input" >"$work/output" &
exec 3>"$work/input"
read -r endpoint <"$work/output"

url="$endpoint?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F"
export POD_IDENTITY_URL=$endpoint
curl() { "$work/measure" "$(type -P curl)" -sf -H Metadata:true "$url" 2>>"$work/$1" >/dev/null; }
probe() { "$work/measure" "$published/$1/podidentity-probe" check token 2>>"$work/$1" >/dev/null; }

# Once each, so that all of it is in memory.
curl warm-up
probe native
probe static
rm "$work/native" "$work/static"

for _ in $(seq "$runs"); do
  curl curl
  probe native
  probe static
done

if cut -d ' ' -f 4 "$work/curl" "$work/native" "$work/static" | grep -qv '^0$'; then
  echo "A run has failed." >&2
  exit 2
fi

median() { cut -d ' ' -f "$2" "$work/$1" | sort -n | sed -n "$((runs / 2))p"; } # OF COLUMN

failed=0
row() { # NAME UNIT DIVISOR CURL NATIVE STATIC
  awk -v name="$1" -v unit="$2" -v by="$3" -v c="$4" -v n="$5" -v s="$6" 'BEGIN {
    met = n <= c && s <= c
    printf "| %s | %.2f %s | %.2f %s (%.2f ×) | %.2f %s (%.2f ×) | ≤ 1.0 × curl | %s |\n",
      name, c / by, unit, n / by, unit, n / c, s / by, unit, s / c, (met ? "met" : "not met")
    exit !met }' || failed=1
}

limit() { # NAME LIMIT NATIVE STATIC
  awk -v name="$1" -v limit="$2" -v n="$3" -v s="$4" 'BEGIN {
    met = n <= limit * 1e6 && s <= limit * 1e6
    printf "| %s | | %s | %.2f MB | ≤ %d MB | %s |\n", name, (n > 0 ? sprintf("%.2f MB", n / 1e6) : ""), s / 1e6, limit, (met ? "met" : "not met")
    exit !met }' || failed=1
}

echo "| median of $runs | curl $(command curl --version | head -n 1 | cut -d ' ' -f 2) | native | static | limit | |"
echo "|---|---|---|---|---|---|"
row "wall time" ms 1000 "$(median curl 1)" "$(median native 1)" "$(median static 1)"
row "CPU time" ms 1000 "$(median curl 2)" "$(median native 2)" "$(median static 2)"
row "peak memory" MiB 1024 "$(median curl 3)" "$(median native 3)" "$(median static 3)"
limit executable 8 "$(stat -c %s "$published/native/podidentity-probe")" "$(stat -c %s "$published/static/podidentity-probe")"
limit "image, uncompressed" 9 0 "$(stat -c %s "$published/podidentity-probe.tar")"
exit "$failed"
