#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/dask/image: the Dockerfile beside root/, the file system of the
# image, from Debian's package python3-distributed. Does nothing when that is there already.
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/example-image.sh"

lay_out() {
    debian_root "$image/root" python3-distributed
    # So that no worker compiles these modules when it starts.
    mkdir "$image/root/proc"
    unshare --mount --pid --fork --mount-proc="$image/root/proc" chroot "$image/root" \
        python3 -c 'import distributed.cli.dask_scheduler, distributed.cli.dask_worker, dask.bag'
}

lay_out_image
