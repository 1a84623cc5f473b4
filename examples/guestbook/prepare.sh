#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/guestbook/image: the Dockerfile beside root/, the file system of the
# image, from Debian's Python and Redis and the program in app/. Does nothing when that is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
image=$top/artifacts/guestbook/image
stamp=$image/.complete

say() { echo "guestbook: $*"; }

if [ ! -e "$stamp" ] || [ -n "$(find "$here/prepare.sh" "$here/Dockerfile" "$here/app" "$top/tools/debian-root.sh" -newer "$stamp" -print -quit)" ]; then
    say "laying out the image"
    rm -rf "$image"
    mkdir -p "$image"
    "$top/tools/debian-root.sh" "$image/root" python3 python3-redis redis-server
    install -D -m 755 "$here/app/guestbook.py" "$image/root/usr/bin/guestbook"
    cp "$here/Dockerfile" "$image/"
    touch "$stamp"
fi
say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
