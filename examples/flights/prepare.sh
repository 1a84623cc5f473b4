#!/usr/bin/env bash
# Lays out what the example's image is built from under artifacts/flights/image: the Dockerfile beside root/, the file
# system of the image. Does again only what is out of date.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/artifacts/flights
image=$work/image
data_version=3.2.1
data_sha256=dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0

case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) echo "prepare.sh: the processor $(uname -m) is not supported: x86_64 and aarch64 are." >&2; exit 1 ;;
esac
published=$top/artifacts/publish/Flights/release_$rid

say() { echo "flights: $*"; }

publish_program() {
    if [ -x "$published/flights" ] &&
       [ -z "$(find "$here/src" "$top/Directory.Packages.props" "$top/Directory.Build.props" -type f -newer "$published/flights" -print -quit)" ]; then
        return
    fi
    say "building the program"
    dotnet publish "$here/src" -c Release -r "$rid" -v quiet -nologo
    touch "$published/flights"
}

require_npm() {
    command -v npm >/dev/null && return
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
        { echo "prepare.sh: npm is missing; install it (the data set is an npm package)." >&2; exit 1; }
    say "installing npm"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends npm; } >/dev/null
}

fetch_data() {
    mkdir -p "$work/data"
    if ! echo "$data_sha256  $work/data/flights-3m.parquet" | sha256sum --check --status 2>/dev/null || [ ! -s "$work/data/airports.csv" ]; then
        require_npm
        say "fetching the data set: vega-datasets $data_version from the npm registry"
        (cd "$work" && npm pack --silent "vega-datasets@$data_version" >/dev/null)
        tar -xzf "$work/vega-datasets-$data_version.tgz" -C "$work/data" --strip-components=2 \
            package/data/flights-3m.parquet package/data/airports.csv
        rm "$work/vega-datasets-$data_version.tgz"
        echo "$data_sha256  $work/data/flights-3m.parquet" | sha256sum --check --quiet ||
            { echo "prepare.sh: flights-3m.parquet is not the expected file." >&2; exit 1; }
    fi
}

# The shared libraries of the files given, as absolute paths.
libraries_of() {
    ldd "$@" | sed -nE 's/^\s*(\S+ => )?(\/\S+) \(0x.*/\2/p' | sort -u
}

lay_out() {
    local stamp=$image/.complete
    if [ -e "$stamp" ] && [ "$stamp" -nt "$published/flights" ] && [ "$stamp" -nt "$work/data/flights-3m.parquet" ] &&
       [ "$stamp" -nt "$here/Dockerfile" ] && [ "$stamp" -nt "$here/prepare.sh" ]; then
        return
    fi
    say "laying out the image"
    rm -rf "$image"
    mkdir -p "$image/root/app" "$image/root/data" "$image/root/tmp"
    cp "$published/flights" "$published/libduckdb.so" "$image/root/app/"
    cp "$work/data/flights-3m.parquet" "$work/data/airports.csv" "$image/root/data/"
    local library
    while read -r library; do
        # At the path where the loader looks for it: a link of the host's is followed.
        mkdir -p "$image/root$(dirname "$library")"
        cp --dereference "$library" "$image/root$library"
    done < <(libraries_of "$published/flights" "$published/libduckdb.so")
    chmod -R u=rwX,go=rX "$image/root"
    chmod 755 "$image/root/app/flights" "$image/root/app/libduckdb.so"
    chmod 1777 "$image/root/tmp"
    cp "$here/Dockerfile" "$image/"
    touch "$stamp"
}

publish_program
fetch_data
lay_out
say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
