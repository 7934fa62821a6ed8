#!/bin/sh
# Publishes podidentity-probe into a directory (default: artifacts/probe): native/podidentity-probe, static/podidentity-probe with the CAs of
# this machine beside it (static/ca-certificates.crt), and both as the image archive podidentity-probe.tar.
# PROBE_FRAMEWORK=net9.0 if the feed lacks the Native AOT compiler for .NET 10.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
into=${1:-$here/../../artifacts/probe}
framework=${PROBE_FRAMEWORK:-net10.0}
trusted=/etc/ssl/certs/ca-certificates.crt

need() { # COMMAND-OR-FILE PACKAGE: what the native compiler links with
  if [ -e "$1" ] || command -v "$1" >/dev/null 2>&1; then
    return
  fi

  missing="${missing:-} $2"
}

need gcc gcc
need clang clang
need ld.lld lld
need /usr/include/zlib.h zlib1g-dev
need /usr/include/openssl/ssl.h libssl-dev
need cmake cmake
need "$trusted" ca-certificates
if [ -n "${missing:-}" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "publish.sh needs$missing; install them." >&2
    exit 1
  fi

  echo "publish.sh installs$missing."
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libc6-dev $missing >/dev/null
fi

publish() { # KIND DIRECTORY
  dotnet publish "$here" --configuration Release --nologo --verbosity quiet \
    -p:ProbeNative="$1" -p:ProbeFramework="$framework" --output "$into/$2"
}

publish true native
publish static static
cp "$trusted" "$into/static/"
"$here/Image/pack.sh" "$into/static/podidentity-probe" "$trusted" "$into/podidentity-probe.tar" "$("$into/native/podidentity-probe" --version)"
ls -l "$into/native/podidentity-probe" "$into/static/podidentity-probe"
