#!/usr/bin/env bash
# Installs what is missing for a build, for the tests, for the micro benchmarks or for the fuzzers, on Debian 12, and says what it does.
# Usage: tools/setup.sh build|test|bench|fuzz
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(
  g++ make cmake ninja-build ca-certificates
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev libsqlite3-dev liblz4-dev libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
  libvalijson-dev libmimalloc-dev
)
# webhook: a receiver that is not ours and checks our signatures. python3: runs the README's sample. patch: plants the mutants.
test_packages=(libgtest-dev libgmock-dev webhook curl openssl python3 patch)
# valgrind: callgrind counts instructions.
bench_packages=(libbenchmark-dev valgrind)
# libclang-rt: libFuzzer and the sanitizers. llvm: names in their reports.
fuzz_packages=(clang-14 libclang-rt-14-dev llvm-14)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing() {
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_missing() {
  local wanted
  wanted=$(missing "$@")
  [ -z "$wanted" ] && return 0
  echo "setup: installing with apt:" $wanted
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
}

install_missing "${build_packages[@]}"

if [ "${1:-build}" = test ]; then
  command -v node >/dev/null || test_packages+=(nodejs npm)
  command -v python3 >/dev/null || test_packages+=(python3)
  install_missing "${test_packages[@]}"
  if ! cmp -s tests/e2e/peers/package-lock.json tests/e2e/peers/node_modules/.installed-lock; then
    echo "setup: installing with npm, in tests/e2e/peers: the independent receivers and the OpenAPI linter"
    (cd tests/e2e/peers && npm ci --silent --no-audit --no-fund && cp package-lock.json node_modules/.installed-lock)
  fi
fi

if [ "${1:-build}" = bench ]; then
  install_missing "${bench_packages[@]}"
fi

if [ "${1:-build}" = fuzz ]; then
  install_missing "${fuzz_packages[@]}"
fi
