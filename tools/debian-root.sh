#!/usr/bin/env bash
# Lays out a root file system of Debian packages and what they depend on, for an image:
#
#   tools/debian-root.sh DIRECTORY PACKAGE...
#
# The packages come from the machine's own apt sources and are unpacked as they are: their install scripts do not run, so that there are
# no alternatives, users or caches of theirs, and the whole takes seconds. What is no use in a container (documentation,
# translations) is left out. DEBIAN_ARCHITECTURE=arm64 takes the packages of another architecture, for which the machine's sources must
# have packages, too.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
root=$1
shift
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "debian-root.sh: apt-get and dpkg-deb are needed: use Debian or Ubuntu." >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"   # apt fetches as a user of its own
mkdir -p "$work/archives/partial"
: >"$work/status"   # as if nothing were installed

apt=(apt-get -qq -o "Dir::State::status=$work/status" -o "Dir::Cache::archives=$work/archives" -o Debug::NoLocking=true -o APT::Sandbox::User=)
if [ -n "${DEBIAN_ARCHITECTURE-}" ]; then   # the machine's own lists are of its own architecture
    mkdir -p "$work/lists/partial"
    apt+=(-o "APT::Architecture=$DEBIAN_ARCHITECTURE" -o "APT::Architectures=$DEBIAN_ARCHITECTURE" -o "Dir::State::lists=$work/lists")
    "${apt[@]}" update >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; echo "debian-root.sh: the lists of packages for $DEBIAN_ARCHITECTURE could not be fetched from the machine's sources." >&2; exit 1; }
fi
"${apt[@]}" install --no-install-recommends --download-only --yes "$@" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; echo "debian-root.sh: the packages could not be fetched; run apt-get update." >&2; exit 1; }

# One place for programs and libraries, as Debian has it.
rm -rf "$root"
mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root/tmp"
for place in bin sbin lib lib64; do ln -s "usr/$place" "$root/$place"; done
chmod 1777 "$root/tmp"
for package in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner \
        --exclude './usr/share/doc/*' --exclude './usr/share/man/*' --exclude './usr/share/locale/*' --exclude './usr/share/info/*' --exclude './usr/share/lintian/*'
done
