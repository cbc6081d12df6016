#!/bin/sh
# Prints C that defines the exported symbols of shared libraries as a function
# that aborts: foreign_libraries.sh NM LIBRARY...
set -eu

nm=$1
shift
cat <<'END'
#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("default"))) void berth_foreign(void) {
  fputs("a function of the foreign libraries was called\n", stderr);
  abort();
}
__asm__(
END
"$nm" -D --defined-only --without-symbol-versions "$@" | awk '
  NF == 3 && $2 ~ /^[TWVDBR]$/ && $3 ~ /google|grpc|gpr_|upb/ && !seen[$3]++ {
    printf "    \".globl %s\\n.set %s, berth_foreign\\n\"\n", $3, $3
  }'
echo ');'
