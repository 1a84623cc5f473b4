#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/prometheus/image: the Dockerfile beside root/, the file system of the
# image, from Debian's packages prometheus and victoria-metrics. Does nothing when that is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
image=$top/artifacts/prometheus/image
stamp=$image/.complete

say() { echo "prometheus: $*"; }

if [ ! -e "$stamp" ] || [ -n "$(find "$here/prepare.sh" "$here/Dockerfile" "$top/tools/debian-root.sh" -newer "$stamp" -print -quit)" ]; then
    say "laying out the image"
    rm -rf "$image"
    mkdir -p "$image"
    # Two programs of many, and the libraries that they need.
    "$top/tools/debian-root.sh" "$image/packages" prometheus victoria-metrics
    "$top/tools/debian-root.sh" "$image/root" libc6 libzstd1
    mv "$image"/packages/usr/bin/{prometheus,vmagent} "$image/root/usr/bin/"
    rm -rf "$image/packages" "$image"/root/usr/lib/*/gconv
    cp "$here/Dockerfile" "$image/"
    touch "$stamp"
fi
say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
