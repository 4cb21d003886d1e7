#!/bin/sh
# Installs what mirrorbench compares offmirror with, from Debian's packages.
# Programs that are there already are left alone; no server is started.
set -eu

missing=
for program in aria2c:aria2 curl:curl nginx:nginx python3:python3 rclone:rclone wget:wget wrk:wrk; do
	command -v "${program%%:*}" >/dev/null || missing="$missing ${program##*:}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "install-peers.sh: please install:$missing" >&2
	exit 1
fi
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
$as_root apt-get update -qq
# RUNLEVEL=1 keeps the packages from starting their services.
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends ca-certificates $missing
