#!/usr/bin/env bash
# Checks the documents: every relative link leads to a file, and every `src/…`, `docs/…`, `tests/…` or `tools/…` path that
# is named exists. Usage: tests/house/docs_test.sh (anywhere)
set -uo pipefail
cd "$(dirname "$0")/../.."
checked=0 wrong=0

complain() { echo "$1"; wrong=$((wrong + 1)); }

for document in README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md $(git ls-files 'docs/*.md'); do
  [ -f "$document" ] || { complain "$document is missing"; continue; }
  folder=$(dirname "$document")
  while read -r link; do
    checked=$((checked + 1))
    [ -e "$folder/$link" ] || complain "$document links to $link, which is not there"
  done < <(grep -oE '\]\([^)# ]+' "$document" | cut -c3- | grep -vE '^[a-z]+:')
  while read -r path; do
    checked=$((checked + 1))
    [ -e "$path" ] || complain "$document names $path, which is not there"
  done < <(grep -oE '`(src|docs|tests|tools)/[A-Za-z0-9_./-]+`' "$document" | tr -d '`')
done

[ "$checked" -ge 10 ] || complain "only $checked links were found; something is wrong with this test"
echo "$checked links and paths, $wrong wrong"
[ "$wrong" = 0 ]
