#!/usr/bin/env bash
# Usage: hardening_test.sh <program> [release|dev]. What cmake/options.cmake asks for is in the program that was built. Some of it
# only a release has; check what is shipped with
#   make build && tests/house/hardening_test.sh build/release/deltapost release
set -uo pipefail
program=$1 build=${2:-release}
wrong=0

has() {  # <what> <text> <pattern>
  if grep -Eq -- "$3" <<<"$2"; then echo "  ok     $1"; else echo "  wrong  $1: not in the program"; wrong=$((wrong + 1)); fi
}
lacks() {
  if grep -Eq -- "$3" <<<"$2"; then echo "  wrong  $1: $(grep -E -m1 -- "$3" <<<"$2")"; wrong=$((wrong + 1)); else echo "  ok     $1"; fi
}

echo "$program ($build)"
header=$(readelf -hW "$program") || exit 1
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
imported=$(readelf --dyn-syms -W "$program" | awk '$7 == "UND" {print $8}')

has   "position independent"                  "$header"$'\n'"$dynamic" 'Type: +DYN|Flags:.* PIE'
has   "marked as a position independent program" "$dynamic"  'FLAGS_1.*PIE'
has   "relocations are read-only (RELRO)"     "$segments" 'GNU_RELRO'
has   "all of them, bound at the start (NOW)" "$dynamic"  'FLAGS_1.*NOW|BIND_NOW'
has   "the stack says what it is"             "$segments" 'GNU_STACK'
lacks "the stack is not executable"           "$segments" 'GNU_STACK.* RWE '
lacks "nothing is writable and executable"    "$segments" ' RWE '
lacks "code is not relocated (TEXTREL)"       "$dynamic"  'TEXTREL'
lacks "libraries come from the system alone (no RPATH)" "$dynamic" 'RPATH|RUNPATH'
has   "stack protector"                       "$imported" '^__stack_chk_fail'

if [ "$build" = release ]; then
  has "checked copies (_FORTIFY_SOURCE)"      "$imported" '__[a-z]+_chk(@|$)'
  if [ "$(uname -m)" = x86_64 ]; then
    # Every function that can be called through a pointer begins with endbr64.
    landings=$(objdump -d --no-show-raw-insn --section=.text "$program" | grep -c endbr64)
    if [ "$landings" -gt 1000 ]; then echo "  ok     landing pads (-fcf-protection): $landings"
    else echo "  wrong  landing pads (-fcf-protection): $landings"; wrong=$((wrong + 1)); fi
  fi
fi
echo "$wrong wrong"
[ "$wrong" -eq 0 ]
