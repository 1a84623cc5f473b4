#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/prometheus/image: the Dockerfile beside root/, the file system of the
# image, from Debian's packages prometheus and victoria-metrics. Does nothing when that is there already.
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/example-image.sh"

lay_out() {
    # Two programs of many, and the libraries that they need.
    debian_root "$image/packages" prometheus victoria-metrics
    debian_root "$image/root" libc6 libzstd1
    mv "$image"/packages/usr/bin/{prometheus,vmagent} "$image/root/usr/bin/"
    rm -rf "$image/packages" "$image"/root/usr/lib/*/gconv
}

lay_out_image
