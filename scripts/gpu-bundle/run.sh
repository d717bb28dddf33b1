#!/bin/sh
# Sightline GPU bench; README.md beside this file says what it measures. ./run --help lists its options.
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "sightline-gpu-bench: this archive is for Linux x86_64; this is $(uname -sm)." >&2
  exit 1
fi
if ! problem=$("$here/node" --version 2>&1 >/dev/null); then
  echo "sightline-gpu-bench: its Node binary does not start here: $problem" >&2
  echo "It needs glibc 2.28 (Debian 10, Ubuntu 18.10, RHEL 8) or newer, libstdc++.so.6 and libgcc_s.so.1," >&2
  echo "and a file system that programs may be run from. Alpine's musl is not enough." >&2
  exit 1
fi
exec "$here/node" "$here/dist/bench/gpu-bundle/main.js" "$@"
