# What deploy/quickstart and tests/run have in common. To be sourced.
# shellcheck shell=bash

# shellcheck disable=SC2034  # For those who source this file.
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=${BERTH_BUILD_DIR:-$root/build}
mkdir -p -- "$build"
build=$(cd -- "$build" && pwd)
export BERTH_BUILD=$build  # For lua-client/env.

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Everything that takes time runs as a process group of its own, so that no
# signal leaves a part of it behind. The groups that may still run:
groups=()

# start COMMAND... starts a group; its number is in $started.
start() {
  set -m
  "$@" </dev/null &
  started=$!
  set +m
  groups+=("$started")
}

# run COMMAND... runs a group to its end, and returns its status.
run() {
  start "$@"
  local status=0
  wait "$started" || status=$?
  return "$status"
}

# stop_group GROUP ends a group: at once, or by force after 15 s.
stop_group() {
  kill -TERM -- "-$1" 2>/dev/null || return 0
  local i
  for ((i = 0; i < 150; i++)); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}

stop_all() {
  local group
  trap '' INT TERM HUP
  for group in "${groups[@]}"; do
    stop_group "$group"
  done
}

# To be called before anything is started.
stop_all_at_exit() {
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap stop_all EXIT
}

# jobs_to_run prints how many compilers fit: one for each core and each 1.5 GB
# of free memory.
jobs_to_run() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  [[ -n $memory ]] || memory=$cores
  [[ $memory -gt 0 ]] || memory=1
  echo $((memory < cores ? memory : cores))
}

# build_targets TESTS TARGET... configures where it must, and builds. TESTS is
# ON if the targets need the tests configured, which need GoogleTest.
build_targets() {
  local tests=$1 cache=$build/CMakeCache.txt
  shift
  if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    echo "$build was configured for another checkout; configuring anew" >&2
    rm -rf -- "$cache" "$build/CMakeFiles" "$build/build.ninja"
  fi
  if [[ ! -f $build/build.ninja ]]; then
    rm -f -- "$cache"  # Of an attempt that failed, or of another generator.
    run cmake -S "$root" -B "$build" -G Ninja "-DBUILD_TESTING=$tests"
  elif [[ $tests == ON ]] && ! grep -q '^BUILD_TESTING:BOOL=ON' "$cache"; then
    run cmake -S "$root" -B "$build" -DBUILD_TESTING=ON
  fi
  run cmake --build "$build" --parallel "$(jobs_to_run)" --target "$@"
}

# start_berthd BUILD LOG OPTION... starts the berthd of a build tree, waits until
# it is ready, and puts its address into $endpoint and its group into $berthd.
start_berthd() {
  local tree=$1 log=$2 i
  shift 2
  : >"$log"
  start "$tree/server/berthd" "$@" >"$log" 2>&1
  berthd=$started
  for ((i = 0; i < 1800; i++)); do  # Three minutes: recovery after a crash.
    endpoint=$(sed -n 's/^berthd ready on //p' "$log")
    [[ -z $endpoint ]] || return 0
    if ! kill -0 "$berthd" 2>/dev/null; then
      break
    fi
    sleep 0.1
  done
  echo "berthd did not start. It said:" >&2
  tail -n 30 -- "$log" >&2
  return 1
}
