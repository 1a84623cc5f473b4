#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/guestbook/image: the Dockerfile beside root/, the file system of the
# image, from Debian's Python and Redis and the program in app/. Does nothing when that is there already.
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/example-image.sh"

lay_out() {
    debian_root "$image/root" python3 python3-redis redis-server
    install -D -m 755 "$here/app/guestbook.py" "$image/root/usr/bin/guestbook"
}

lay_out_image
