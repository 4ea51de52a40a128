#!/usr/bin/env bash
# Formatting, the staircase, the documents, openapi.yaml. Exits 1 when something is to be mended, and says what.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

echo "lint: formatting (make fmt mends it)"
command -v clang-format >/dev/null || { echo "lint: installing clang-format with apt"; apt-get install -y -qq --no-install-recommends clang-format >/dev/null; }
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror 2>&1 | grep -E 'error:' | cut -d: -f1 | sort -u | sed 's/^/  /' | grep . && failed=1

echo "lint: the staircase"
cmake -DSOURCE_DIR="$PWD" -P tests/house/floors_test.cmake || failed=1
echo "lint: the documents"
tests/house/docs_test.sh || failed=1
echo "lint: openapi.yaml"
tools/setup.sh test && (cd tests/e2e && node --test openapi.test.mjs >/dev/null) || failed=1
exit $failed
