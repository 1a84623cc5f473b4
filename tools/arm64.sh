#!/usr/bin/env bash
# Builds Slipway for arm64 on a machine of amd64, laid out as "slipway image export --arm64 DIRECTORY" takes it:
#
#   tools/arm64.sh DIRECTORY
#
# Debian's cross compiler is installed if it is missing. The libraries of the system are Debian's of arm64, from the machine's own sources.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)

packages=()
command -v clang >/dev/null || packages+=(clang)
command -v aarch64-linux-gnu-objcopy >/dev/null || packages+=(binutils-aarch64-linux-gnu)
[ -e /usr/aarch64-linux-gnu/include/stdio.h ] || packages+=(libc6-dev-arm64-cross)
compgen -G '/usr/lib/gcc-cross/aarch64-linux-gnu/*/crtbegin.o' >/dev/null || packages+=(gcc-aarch64-linux-gnu)
if [ ${#packages[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || { echo "arm64.sh: these packages are missing: run: sudo apt-get install --no-remove ${packages[*]}" >&2; exit 1; }
    echo "arm64.sh: installing ${packages[*]}" >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "${packages[@]}" >/dev/null
fi

for project in Task Host; do
    echo "arm64.sh: building $project (minutes)" >&2
    dotnet publish "$top/src/$project" -c Release -r linux-arm64 -o "$directory/slipway" -p:CppCompilerAndLinker=clang -v quiet -nologo -clp:NoSummary >&2
done
DEBIAN_ARCHITECTURE=arm64 "$top/tools/debian-root.sh" "$directory/system" libc6 libssl3
echo "arm64.sh: now: slipway image export FILE --arm64 $1" >&2
