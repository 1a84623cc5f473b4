#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/dask/image: the Dockerfile beside root/, the file system of the
# image, from Debian's package python3-distributed. Does nothing when that is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
image=$top/artifacts/dask/image
stamp=$image/.complete

say() { echo "dask: $*"; }

if [ ! -e "$stamp" ] || [ "$here/prepare.sh" -nt "$stamp" ] || [ "$here/Dockerfile" -nt "$stamp" ] || [ "$top/tools/debian-root.sh" -nt "$stamp" ]; then
    say "laying out the image"
    rm -rf "$image"
    mkdir -p "$image"
    "$top/tools/debian-root.sh" "$image/root" python3-distributed
    # So that no worker compiles these modules when it starts.
    mkdir "$image/root/proc"
    unshare --mount --pid --fork --mount-proc="$image/root/proc" chroot "$image/root" \
        python3 -c 'import distributed.cli.dask_scheduler, distributed.cli.dask_worker, dask.bag'
    cp "$here/Dockerfile" "$image/"
    touch "$stamp"
fi
say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
