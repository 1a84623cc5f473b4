#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/postgres/image: the Dockerfile beside root/, the file system of the
# image, from Debian's package postgresql and the program in app/. Does nothing when that is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
image=$top/artifacts/postgres/image
stamp=$image/.complete

say() { echo "postgres: $*"; }

if [ ! -e "$stamp" ] || [ -n "$(find "$here/prepare.sh" "$here/Dockerfile" "$here/app" "$top/tools/debian-root.sh" -newer "$stamp" -print -quit)" ]; then
    say "laying out the image"
    rm -rf "$image"
    mkdir -p "$image"
    "$top/tools/debian-root.sh" "$image/root" postgresql dash coreutils
    # Two thirds of it: the compiler of queries, which PostgreSQL does without where it is not there, Debian's own commands for several
    # servers on one machine, with their Perl, and what only builds of extensions need.
    rm -rf "$image"/root/usr/lib/llvm* "$image"/root/usr/lib/*/{libLLVM*,libz3*,perl*,libperl*,gconv} "$image"/root/usr/{bin/{perl*,openssl},share/{perl*,i18n,zoneinfo/right}} \
        "$image"/root/usr/lib/postgresql/*/lib/{bitcode,llvmjit*,pgxs} "$image"/root/usr/share/postgresql/*/man
    ln -s ../run "$image/root/var/run"
    printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999:PostgreSQL:/tmp:/bin/sh\n' >"$image/root/etc/passwd"
    printf 'root:x:0:\npostgres:x:999:\n' >"$image/root/etc/group"
    install -m 755 "$here/app/postgres-entrypoint" "$image/root/usr/bin/"
    cp "$here/Dockerfile" "$image/"
    touch "$stamp"
fi
say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
