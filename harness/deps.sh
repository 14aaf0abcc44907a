#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Debian packages that building and running need and that are missing. The one shell
# script of the project: it has to run before there is a compiler.
set -eu

packages="gcc make pkg-config git bc bison flex libc6-dev libssl-dev
	gcc-multilib qemu-system-x86 gnuplot-nox check bats clang-format cppcheck
	libjansson-dev libcyaml-dev libsystemd-dev r-mathlib libnl-route-3-dev libelf-dev
	swtpm libarchive-dev libfftw3-dev libzydis-dev libzstd-dev liblzma-dev libkmod-dev kmod libxxhash-dev liblz4-dev
	linux-perf iproute2 iputils-ping nuttcp iperf3 sockperf fio"

missing=""
for p in $packages; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
	as_root="env"
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	as_root="sudo"
elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
	as_root="sudo"
else
	echo "drivervm: these Debian packages are missing:$missing" >&2
	echo "drivervm: as root, run: apt-get update && $install" >&2
	exit 3
fi
echo "  DEPS   $missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null
$as_root env DEBIAN_FRONTEND=noninteractive $install >/dev/null
