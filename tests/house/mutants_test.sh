#!/usr/bin/env bash
# Every flaw of tests/mutants can still be planted: whoever changes the code that one stands in moves it along.
# Whether the tests notice it, `make mutants` tells.
set -uo pipefail
cd "$(dirname "$0")/../.."
wrong=0

for flaw in tests/mutants/*.patch; do
  said=$(patch -p1 --force --dry-run <"$flaw" 2>&1) || { echo "$flaw does not apply:"; echo "$said"; wrong=$((wrong + 1)); }
done
echo "$(ls tests/mutants/*.patch | wc -l) flaws, $wrong cannot be planted"
[ "$wrong" = 0 ]
