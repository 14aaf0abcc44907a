#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The front door: help, unknown verbs and arguments, lists.

load common

@test "the program says what it can do" {
	run --separate-stderr "$DRIVERVM" --help
	[ "$status" -eq 0 ]
	for verb in doctor list up attach top run reproduce check report compare; do
		[[ "$output" =~ $verb ]]
	done
	[ -z "$stderr" ]
}

@test "every verb has --help" {
	for verb in doctor list up attach top run reproduce check report compare; do
		run --separate-stderr "$DRIVERVM" $verb --help
		[ "$status" -eq 0 ]
		[[ "${lines[0]}" =~ ^Usage:\ drivervm\ $verb ]]
		[ -z "$stderr" ]
	done
}

@test "no verb is bad input" {
	run "$DRIVERVM"
	[ "$status" -eq 2 ]
}

@test "an unknown verb is bad input" {
	refused "no verb 'fly'" fly
}

@test "unknown options and arguments are bad input" {
	for args in "run --fly" "run" "list planes" "list systems drivers" "check" "compare latest" \
		"reproduce net-latency" "run net-latency --seed=x" "run --resume x net-latency" \
		"report" "up" "run net-latency --seed=99999999999999999999" "top --fly" "top a b" \
		"top --delay=0" "top --delay=x" "top -n 0" "top -n -1" "top --sort=size"; do
		run --separate-stderr "$DRIVERVM" $args
		echo "$args: $status $stderr"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ "${stderr_lines[0]}" =~ ^drivervm\ ${args%% *}:\  ]]
	done
	[ -z "$(ls -A "$ROOT/results")" ]
}

@test "list shows what there is" {
	run --separate-stderr "$DRIVERVM" list
	[ "$status" -eq 0 ]
	for name in net-throughput net-latency net-stream net-rr skeleton native isolated virtio \
		e1000 working-set page-census; do
		printf '%s\n' "${lines[@]}" | grep -q "^  $name "
	done
	[ -z "$stderr" ]
}

@test "list shows one kind" {
	run --separate-stderr "$DRIVERVM" list systems
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq "$(ls "$TOP"/harness/systems/*.yaml | wc -l)" ]
	[[ "$output" =~ isolated ]]
	[[ ! "$output" =~ net-latency ]]
}

@test "list names each memory technique" {
	run --separate-stderr "$DRIVERVM" list techniques
	[ "$status" -eq 0 ]
	for name in none balloon clone ksm zram; do
		printf '%s\n' "${lines[@]}" | grep -q "^  $name  *[a-z]"
	done
	[ -z "$stderr" ]
}

@test "list names each fault, with what can be set" {
	run --separate-stderr "$DRIVERVM" list faults
	[ "$status" -eq 0 ]
	for file in "$TOP"/faultinject/*/*.c; do
		grep -q '^FAULT(' "$file" || continue
		name=$(basename "$file" .c) family=$(basename "$(dirname "$file")")
		printf '%s\n' "${lines[@]}" | grep -q "^  $name  *$family: [a-z]"
	done
	printf '%s\n' "${lines[@]}" | grep -q "^    iops  *[a-z].* (20)$"
	[ -z "$stderr" ]
}

@test "a broken description is told, and the rest is listed" {
	echo "nme: broken" > "$EXPERIMENTS/broken.yaml"
	run --separate-stderr "$DRIVERVM" list experiments
	[ "$status" -eq 2 ]
	[[ "$stderr" =~ broken.yaml:1:\ unknown\ key\ \'nme\' ]]
	[[ "$output" =~ net-latency ]]
}

@test "a run that is not there is bad input" {
	refused "no run 'nosuch'" check nosuch
	refused "no run 'nosuch'" report nosuch
	refused "no run 'nosuch'" compare nosuch nosuch
	refused "no run 'nosuch'" run --resume nosuch
	refused "no run 'latest'" check latest
}
