#!/usr/bin/env bash
# Usage: sanitizer_reports.sh begin|end <folder>. What the sanitizers reported while the tests ran, in whatever process:
# `begin` empties the folder, `end` shows what is in it and fails when there is anything.
set -euo pipefail
folder=$2
if [ "$1" = begin ]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  exit 0
fi
shopt -s nullglob
reports=("$folder"/*)
echo "${#reports[@]} reports"
for report in "${reports[@]}"; do
  echo "---- $report"
  head -c 20000 "$report"
done
[ ${#reports[@]} -eq 0 ]
