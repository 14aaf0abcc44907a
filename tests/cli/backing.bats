#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that a user chose to back a disk, and that will not do: one line, exit status 2, nothing is
# started and nothing is left.

load common

teardown() {
	[ -z "${holder:-}" ] || kill "$holder"
	[ -z "${mounted:-}" ] || umount "$mounted"
	[ -z "${loop:-}" ] || losetup -d "$loop"
	[ ! -e "$BATS_TEST_TMPDIR/immutable.img" ] || chattr -i "$BATS_TEST_TMPDIR/immutable.img"
}

# A raw image NAME of SIZE bytes, in $image.
image() {
	image=$BATS_TEST_TMPDIR/$1
	truncate -s "$2" "$image"
}

# `up isolated` with disk0's options is refused; the pattern follows the device's place.
disk_refused() {
	local pattern=$1 sets=()
	shift
	for option; do
		sets+=(--set "disk0.$option")
	done
	refused "^drivervm: $ROOT/harness/systems/isolated.yaml:[0-9]+: device 'disk0': $pattern" \
		up isolated --class blk --driver "${driver:-virtio-blk}" "${sets[@]}"
	[ ! -e "$ROOT/build/logs" ]
}

# Waits until somebody has locked $image.
wait_locked() {
	for _ in $(seq 100); do
		grep -q ":$(stat -c %i "$image") " /proc/locks && return
		sleep 0.1
	done
	false
}

@test "no such file, and none at all" {
	disk_refused "backing file /no/such.img: No such file" backing=/no/such.img
	disk_refused "read_only=true is for a disk that has a backing file" read_only=true
}

@test "not a file" {
	disk_refused "backing file /tmp: neither a regular file nor a block device" backing=/tmp
	disk_refused "backing file /dev/null: neither a regular file nor" backing=/dev/null
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	disk_refused "backing file .*fifo: neither a regular file nor a block device" \
		backing="$BATS_TEST_TMPDIR/fifo"
}

@test "a file of a wrong size" {
	image small.img 1048064
	disk_refused "backing file .*small.img: 1048064 bytes, expected at least 1048576" \
		backing="$image"
	image odd.img 2097153
	disk_refused "backing file .*odd.img: 2097153 bytes, expected a multiple of 512" \
		backing="$image"
}

@test "a file that nobody may write to" {
	image kept.img 2M
	chmod 0444 "$image"
	disk_refused "backing file .*kept.img: nobody may write to it \(mode 0444\)" \
		backing="$image"
	disk_refused "backing file .*kept.img: nobody may write to it" \
		backing="$image" read_only=false
}

@test "a file that cannot be written to, whoever asks" {
	image immutable.img 2M
	chattr +i "$image" 2>/dev/null || skip "chattr +i: not here"
	disk_refused "backing file .*immutable.img: cannot be opened for writing: .*read_only=true" \
		backing="$image"
}

@test "a file that another QEMU uses, even if only to read it" {
	image used.img 2M
	qemu-system-x86_64 -S -nodefaults -display none -blockdev \
		"driver=file,filename=$image,node-name=d" -device virtio-blk-pci,drive=d 3>&- &
	holder=$!
	wait_locked
	disk_refused "backing file .*used.img: locked, another process uses it" backing="$image"
	disk_refused "backing file .*used.img: locked" backing="$image" read_only=true
}

@test "a file that somebody holds with flock" {
	image held.img 2M
	flock --no-fork "$image" sleep 60 3>&- &
	holder=$!
	wait_locked
	disk_refused "backing file .*held.img: locked, another process uses it" backing="$image"
}

@test "a block device that is mounted" {
	image fs.img 4M
	/sbin/mke2fs -q -F "$image" 2>/dev/null || skip "mke2fs: not here"
	loop=$(losetup -f --show "$image" 2>/dev/null) || skip "losetup: not here"
	mkdir "$BATS_TEST_TMPDIR/mnt"
	mount "$loop" "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || skip "mount: not here"
	mounted=$BATS_TEST_TMPDIR/mnt
	disk_refused "backing file $loop: in use, mounted or by another process" backing="$loop"
}

@test "options that are none" {
	refused "--set disk0.colour=red: class blk has no option 'colour'; there are: backing, read" \
		up isolated --set disk0.colour=red
	refused "--set net0.backing=x: class net has no option 'backing'; there are: none" \
		up isolated --set net0.backing=x
	refused "--set disk0.read_only=yes: 'yes' is no value for read_only \(true or false\)" \
		up isolated --set disk0.read_only=yes
	refused "--set disk0.backing: expected options of the form key=value" \
		up isolated --set disk0.backing
	refused "--set disk7.backing=x: expected DEVICE.KEY=VALUE with a device of system isolated" \
		up isolated --set disk7.backing=x
	refused "--set backing=x: expected DEVICE.KEY=VALUE" up isolated --set backing=x
	refused "--set integrity: expected DEVICE.KEY=VALUE" up isolated --set integrity
	refused "--set integrity=maybe: that is no value for it" up isolated --set integrity=maybe
}

@test "a read-only disk with a driver that could not know" {
	image fine.img 2M
	driver=ahci disk_refused "read_only=true: QEMU's model for driver ahci knows no such disk" \
		backing="$image" read_only=true
}

@test "a system's own file, before a run is made" {
	sed -i 's|class: blk,|class: blk, options: [backing=/no/such.img],|' \
		"$ROOT/harness/systems/isolated.yaml"
	refused "isolated.yaml:[0-9]+: device 'disk0': backing file /no/such.img: No such file" \
		run disk-latency --set systems=isolated
	run "$DRIVERVM" list systems
	[ "$status" -eq 0 ]
}

@test "a dry run shows the file's options" {
	image fine.img 2M
	chmod 0444 "$image"
	sed -i "s|class: blk,|class: blk, options: [backing=$image, read_only=true],|" \
		"$ROOT/harness/systems/native.yaml"
	run --separate-stderr "$DRIVERVM" run disk-latency --set systems=native \
		--set drivers=virtio-blk --dry-run
	[ "$status" -eq 0 ]
	[[ "$output" =~ driver=file,node-name=disk0-file,[[:graph:]]*read-only=on ]]
	[ -z "$stderr" ]
}
