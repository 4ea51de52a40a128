#!/usr/bin/env bash
# Judges the tests: plants one flaw after another into a copy of the program, and shows which tests notice.
# Usage: tests/mutants/run.sh [name…]      (all of tests/mutants/*.patch when none is named)
#
# A patch begins with lines of text: `Flaw: …` in one line, and `Suites: …` when others than receiver_conformance are to
# judge it: names of suites of tests/e2e, and torture, the kill loop. Exits 1 when a mutant survives, or cannot be planted, or when the program as it is
# does not pass. The copy stays in build/mutants, so that each run builds only what differs.
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD tree=$PWD/build/mutants/tree work=$PWD/build/mutants
jobs=${JOBS:-$(nproc)}
mkdir -p "$tree"
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$tree

# Only files that differ are written, and always with a new time: what was built from a mutant must not pass for built.
restore() {
  git ls-files -- CMakeLists.txt CMakePresets.json cmake src openapi.yaml | while read -r file; do
    [ -e "$file" ] || continue
    cmp -s "$file" "$tree/$file" || { mkdir -p "$tree/$(dirname "$file")"; cat "$file" >"$tree/$file"; }
  done
}

build() {
  (cd "$tree" && { [ -f build/dev/build.ninja ] || cmake --preset dev -DBUILD_TESTING=OFF >/dev/null; } &&
    cmake --build --preset dev --target deltapost -j "$jobs") >"$work/build.log" 2>&1
}

# The last words of a short kill loop that fails; the blows are the same each time.
tortured() {
  build/dev/tests/torture/torture --program "$tree/build/dev/deltapost" --seconds 20 --stop-seconds 6 --seed 3 >"$work/torture.log" 2>&1 ||
    tail -1 "$work/torture.log"
  sed -n 's/^store, arrivals and outputs are kept in //p' "$work/torture.log" | xargs -r rm -rf
}

# The names of the tests that fail, a line each.
failing() {
  for suite in "$@"; do
    [ "$suite" != torture ] || { tortured; continue; }
    DELTAPOST_BIN=$tree/build/dev/deltapost timeout 300 node --test --test-reporter=tap "tests/e2e/$suite.test.mjs" >"$work/$suite.tap" 2>&1
    local code=$?
    # The innermost ones: a group that fails names none that its tests do not.
    local names
    names=$(grep -E '^ {4,}not ok' "$work/$suite.tap" | sed -E 's/^ *not ok [0-9]+ - //')
    [ "$code" = 0 ] || printf '%s\n' "${names:-$suite as a whole}"
  done
}

if [ $# = 0 ]; then
  set -- $(cd tests/mutants && ls -- *.patch | sed 's/\.patch$//')
fi
for name in "$@"; do
  [ -f "tests/mutants/$name.patch" ] || { echo "there is no tests/mutants/$name.patch"; exit 1; }
done
[ -d tests/e2e/peers/node_modules ] || tools/setup.sh test

if (cd tests/mutants && grep -q '^Suites:.*torture' "${@/%/.patch}"); then
  { [ -f build/dev/build.ninja ] || cmake --preset dev; } >/dev/null && cmake --build --preset dev --target torture -j "$jobs" >/dev/null ||
    { echo "the kill loop does not build"; exit 1; }
fi
restore
build || { echo "the program itself does not build:"; tail -20 "$work/build.log"; exit 1; }
well=$(failing receiver_conformance)
[ -z "$well" ] || { echo "the program itself does not pass:"; echo "$well"; exit 1; }

failed=0
table=''
for name in "$@"; do
  patch=$root/tests/mutants/$name.patch
  suites=$(sed -n 's/^Suites: //p' "$patch")
  echo "$name: $(sed -n 's/^Flaw: //p' "$patch")"
  if ! (cd "$tree" && patch -p1 --force --no-backup-if-mismatch <"$patch" >"$work/patch.log" 2>&1); then
    found="DOES NOT APPLY; see build/mutants/patch.log"
    failed=1
  elif ! build; then
    found="DOES NOT BUILD; see build/mutants/build.log"
    failed=1
  else
    caught=$(failing ${suites:-receiver_conformance})
    if [ -n "$caught" ]; then
      echo "$caught" | sed 's/^/  caught: /'
      found="caught by $(wc -l <<<"$caught")"
    else
      found=SURVIVED
      failed=1
    fi
  fi
  table+=$(printf '%-24s %s' "$name" "$found")$'\n'
  find "$tree/src" \( -name '*.rej' -o -name '*.orig' \) -delete
  restore
done
printf '\n%s' "$table"
exit $failed
