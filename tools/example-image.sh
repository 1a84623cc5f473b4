# shellcheck shell=bash
# Sourced by the prepare.sh of an example whose image is made of Debian packages. After it the script says in a function lay_out how the file
# system of the image is laid out in $image/root, with debian_root, and calls lay_out_image, which does nothing when that is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
top=$(cd "$here/../.." && pwd)
image=$top/artifacts/$(basename "$here")/image

say() { echo "$(basename "$here"): $*"; }

debian_root() { "$top/tools/debian-root.sh" "$@"; }

lay_out_image() {
    local stamp=$image/.complete inputs=("$here/prepare.sh" "$here/Dockerfile" "$top/tools/debian-root.sh" "$top/tools/example-image.sh")
    [ ! -d "$here/app" ] || inputs+=("$here/app")
    if [ ! -e "$stamp" ] || [ -n "$(find "${inputs[@]}" -newer "$stamp" -print -quit)" ]; then
        say "laying out the image"
        rm -rf "$image"
        mkdir -p "$image"
        lay_out
        cp "$here/Dockerfile" "$image/"
        touch "$stamp"
    fi
    say "the image's files are in $image ($(du -sh "$image" | cut -f1))"
}
