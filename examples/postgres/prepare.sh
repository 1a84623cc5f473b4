#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/postgres/image: the Dockerfile beside root/, the file system of the
# image, from Debian's package postgresql and the program in app/. Does nothing when that is there already.
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/example-image.sh"

lay_out() {
    debian_root "$image/root" postgresql dash coreutils
    # Two thirds of it: the compiler of queries, which PostgreSQL does without where it is not there, Debian's own commands for several
    # servers on one machine, with their Perl, and what only builds of extensions need.
    rm -rf "$image"/root/usr/lib/llvm* "$image"/root/usr/lib/*/{libLLVM*,libz3*,perl*,libperl*,gconv} "$image"/root/usr/{bin/{perl*,openssl},share/{perl*,i18n,zoneinfo/right}} \
        "$image"/root/usr/lib/postgresql/*/lib/{bitcode,llvmjit*,pgxs} "$image"/root/usr/share/postgresql/*/man
    ln -s ../run "$image/root/var/run"
    printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999:PostgreSQL:/tmp:/bin/sh\n' >"$image/root/etc/passwd"
    printf 'root:x:0:\npostgres:x:999:\n' >"$image/root/etc/group"
    install -m 755 "$here/app/postgres-entrypoint" "$image/root/usr/bin/"
}

lay_out_image
