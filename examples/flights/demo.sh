#!/usr/bin/env bash
# The example from nothing to its report; run by "./slipway demo [--name CLUSTER]". What is done already is not done again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
slipway=$top/artifacts/slipway/slipway
image=slipway.local/flights:1
work=$top/artifacts/flights

name=default
case ${1-} in
    "") ;;
    --name) name=${2:?--name needs the name of a cluster} ;;
    *) echo "error: usage: ./slipway demo [--name CLUSTER]" >&2; exit 2 ;;
esac

"$here/prepare.sh"
"$slipway" up --name "$name"

# The image's id in this cluster when it was last built from the present files.
mark=$work/built-in-$name
present() { "$slipway" image list --name "$name" | awk -v image="$image" '$1 == image { print $2 }'; }
if [ ! -e "$mark" ] || [ "$mark" -ot "$work/image/.complete" ] || [ "$(present)" != "$(cat "$mark")" ]; then
    "$slipway" image build -t "$image" --name "$name" "$work/image"
    present >"$mark"
fi

"$slipway" run --name "$name" "$here/flow.yaml"

run=$("$slipway" runs flight-delays --name "$name" -o json | sed -nE 's/^ *"name": "(flight-delays-[^"]+)".*/\1/p' | head -n 1)
report=$work/report.html
routes=$work/routes.parquet
"$slipway" runs get --name "$name" "$run" report/report -o "$report" >/dev/null
"$slipway" runs get --name "$name" "$run" report/routes -o "$routes" >/dev/null

of=""
[ "$name" = default ] || of=" --name $name"
cat <<TEXT

The report:            $report
The table behind it:   $routes

Look further:
  ./slipway runs show $run$of   each attempt: memory, CPU, image, what it read and wrote
  ./slipway logs $run clean$of  what its tasks said
  ./slipway status$of   the cluster
  ./slipway delete$of   remove it and all that it left
TEXT
