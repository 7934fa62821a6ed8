#!/bin/sh
# Packs the static executable, and the bundle of CAs that it trusts, into an image archive, without an engine, a registry or root:
#   pack.sh EXECUTABLE BUNDLE ARCHIVE VERSION [ARCHITECTURE]
# The archive is an OCI layout and a docker archive at once: `ctr images import`, `docker load`, `podman load` and `skopeo` take it.
# The same two files always give the same bytes.
set -eu

executable=$1
bundle=$2
archive=$3
version=$4
architecture=${5:-amd64}
name=podidentity-probe
trusted=etc/ssl/certs/ca-certificates.crt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pack() { # DIRECTORY ARCHIVE FILE...
  directory=$1
  into=$2
  shift 2
  tar --create --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --directory "$directory" --file "$into" "$@"
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

size() { wc -c <"$1" | tr -d ' '; }

blob() { # FILE: moves it to where its content says, and tells that
  of=$(digest "$1")
  mv "$1" "$work/image/blobs/sha256/$of"
  echo "$of"
}

mkdir -p "$work/rootfs" "$work/image/blobs/sha256"

# The layer: the two files, and nothing else.
install -m 0755 "$executable" "$work/rootfs/$name"
install -D -m 0644 "$bundle" "$work/rootfs/$trusted"
pack "$work/rootfs" "$work/layer" "$name" "$trusted"
layer_size=$(size "$work/layer")
layer=$(blob "$work/layer")

cat >"$work/config" <<EOF
{
  "created": "1970-01-01T00:00:00Z",
  "architecture": "$architecture",
  "os": "linux",
  "config": {
    "User": "65532:65532",
    "Env": ["PATH=/"],
    "Entrypoint": ["/$name"],
    "WorkingDir": "/",
    "Labels": {
      "org.opencontainers.image.title": "$name",
      "org.opencontainers.image.description": "Tells whether this pod gets a token for its identity, and if not, why",
      "org.opencontainers.image.version": "$version",
      "org.opencontainers.image.licenses": "MIT"
    }
  },
  "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]},
  "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "COPY $name /, COPY ca-certificates.crt /$trusted"}]
}
EOF
config_size=$(size "$work/config")
config=$(blob "$work/config")

cat >"$work/manifest" <<EOF
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:$config", "size": $config_size},
  "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$layer", "size": $layer_size}]
}
EOF
manifest_size=$(size "$work/manifest")
manifest=$(blob "$work/manifest")

cat >"$work/image/index.json" <<EOF
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:$manifest",
      "size": $manifest_size,
      "platform": {"architecture": "$architecture", "os": "linux"},
      "annotations": {"io.containerd.image.name": "docker.io/library/$name:$version", "org.opencontainers.image.ref.name": "$version"}
    }
  ]
}
EOF
echo '{"imageLayoutVersion": "1.0.0"}' >"$work/image/oci-layout"
echo "[{\"Config\": \"blobs/sha256/$config\", \"RepoTags\": [\"$name:$version\"], \"Layers\": [\"blobs/sha256/$layer\"]}]" >"$work/image/manifest.json"

mkdir -p "$(dirname "$archive")"
pack "$work/image" "$archive" blobs index.json manifest.json oci-layout
echo "$archive: $name:$version, $(size "$archive") bytes"
