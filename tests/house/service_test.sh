#!/usr/bin/env bash
# packaging/deltapost.service: systemd understands it, and thinks well of it. Without systemd only what must be in it is looked for.
set -uo pipefail
cd "$(dirname "$0")/../.."
unit=packaging/deltapost.service
wrong=0

for setting in DynamicUser=yes NoNewPrivileges=yes CapabilityBoundingSet= ProtectSystem=strict ProtectHome=yes PrivateTmp=yes PrivateDevices=yes \
  StateDirectory=deltapost MemoryDenyWriteExecute=yes RestrictNamespaces=yes 'SystemCallFilter=@system-service' LimitCORE=0; do
  grep -Fqx -- "$setting" "$unit" || { echo "$unit: $setting is missing"; wrong=1; }
done

if ! command -v systemd-analyze >/dev/null; then
  echo "no systemd-analyze here: nothing more was checked"
  exit $wrong
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The program need not be installed to be checked.
sed 's|^ExecStart=/usr/local/bin/deltapost|ExecStart=/bin/true|' "$unit" >"$folder/deltapost.service"
if ! verified=$(systemd-analyze verify --man=no "$folder/deltapost.service" 2>&1) || grep -q 'deltapost.service' <<<"$verified"; then
  echo "$verified"
  wrong=1
fi
# Its own scale, from 0 (nothing is exposed) to 10.
exposure=$(systemd-analyze security --offline=true --no-pager "$folder/deltapost.service" 2>&1 | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
echo "exposure: ${exposure:-unknown}"
awk -v level="${exposure:-10}" 'BEGIN {exit !(level <= 1.5)}' || { echo "systemd-analyze security: more than 1.5"; wrong=1; }
exit $wrong
