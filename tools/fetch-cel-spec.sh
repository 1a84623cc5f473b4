#!/usr/bin/env bash
# Puts the conformance cases of the CEL specification into artifacts/cel-spec/conformance.json, for the tests: from the npm
# package that carries them as data.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
place=$top/artifacts/cel-spec
package=@bufbuild/cel-spec
version=0.6.1

[ -s "$place/conformance.json" ] && [ "$(cat "$place/.version" 2>/dev/null)" = "$version" ] && exit 0

rm -rf "$place"
mkdir -p "$place"
cd "$place"
npm pack --silent "$package@$version" >/dev/null
tar -xzf ./*.tgz package/dist/esm/testdata/conformance.js
mv package/dist/esm/testdata/conformance.js conformance.mjs
node --input-type=module -e '
    import { writeFileSync } from "node:fs";
    import { tests } from "./conformance.mjs";
    writeFileSync("conformance.json", JSON.stringify(tests));
'
rm -rf ./*.tgz package conformance.mjs
echo "$version" >.version
