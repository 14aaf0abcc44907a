#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# drivervm top: what it says of systems that are up, and where none is.

load common

setup_file() {
	export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
}

teardown() {
	for pid in "${PIDS[@]}"; do
		kill -INT "$pid" && wait "$pid" || true
	done
}

# Brings a system up in the background, into $PID.
bring_up() {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	local out=$BATS_TEST_TMPDIR/out-${#PIDS[@]}
	"$DRIVERVM" up "$@" > "$out" 2>&1 3>&- &
	PID=$!
	PIDS+=($PID)
	for _ in $(seq 600); do
		grep -qs "Ctrl-C takes it down" "$out" && return 0
		kill -0 $PID || break
		sleep 0.1
	done
	cat "$out"
	return 1
}

# Is that Python expression true of the JSON in $output, t?
told() {
	python3 -c 'import json, sys
t = json.loads(sys.argv[1])
vms = {v["name"]: v for v in t["vms"]}
devices = {d["name"]: d for d in t["devices"]}
assert eval(sys.argv[2]), (sys.argv[2], t)' "$output" "$1"
}

@test "without a system there is nothing to show" {
	refused "no system is up; 'drivervm up SYSTEM' brings one up" top
	refused "no system is up" top isolated --once
	refused "no system is up" top 1 --json
}

@test "VMs and links are shown, and a VM that died" {
	bring_up many --vms 2
	run --separate-stderr "$DRIVERVM" top --once --json
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	told "t['system'] == 'many' and t['pid'] == $PID"
	told "[(n, v['role']) for n, v in vms.items()] == \
		[('client', 'client'), ('dd0', 'driver'), ('dd1', 'driver')]"
	told "all(v['alive'] and v['ready'] and v['pid'] and v['rss'] > v['own'] > 0 and v['cpu_us'] \
		for v in vms.values())"
	told "[(n, d['vm'], d['user'], d['via'], d['link']['up']) for n, d in devices.items()] == \
		[('net0', 'dd0', 'client', 'link', True), ('disk0', 'dd1', 'client', 'link', True)]"
	told "devices['net0']['link']['record'] == [0, 0]"
	told "devices['disk0']['link']['record'] == [48, 32]"

	# As a table, with rates.
	run --separate-stderr "$DRIVERVM" top many -n 2 --delay 0.3 --sort name
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c "^many (process $PID, .* 3 VMs; 2 of 2 links up$")" -eq 2 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^dd1 *up  *[0-9.]* .* disk0 .* up .* rq  *[0-9]* rq$')" -eq 2 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^client ')" -eq 2 ]

	kill -KILL "$(pgrep -P $PID -f 'name dd1')"
	sleep 0.5
	run --separate-stderr "$DRIVERVM" top "$PID" --once --json
	told "not vms['dd1']['alive'] and 'pid' not in vms['dd1'] and vms['dd0']['alive']"
	told "devices['net0']['link']['up'] and not devices['disk0']['link']['up']"
	told "devices['disk0']['link']['server'] == 'gone'"
	run "$DRIVERVM" top --once
	[[ "$output" =~ "3 VMs, 1 dead; 1 of 2 links up" ]]
	[[ "$output" =~ dd1\ +dead ]]
}

@test "of several systems one has to be named" {
	bring_up native --class net
	first=$PID
	bring_up clock
	refused "2 systems are up: .*, .*; say which, by its process" top
	[[ "$stderr" =~ native\ \(process\ $first\) ]]
	[[ "$stderr" =~ clock\ \(process\ $PID\) ]]
	refused "'virtio' is not up; what is: " top virtio
	run --separate-stderr "$DRIVERVM" top clock --once --json
	told "t['pid'] == $PID and devices['rtc0']['link']['up']"
	run --separate-stderr "$DRIVERVM" top $first --once --json
	told "t['system'] == 'native' and devices['net0']['via'] == 'none'"
}

@test "a system that goes down ends it" {
	bring_up native --class net
	"$DRIVERVM" top -n 1000 --delay 0.2 > "$BATS_TEST_TMPDIR/top" 2>&1 3>&- &
	top=$!
	sleep 1
	kill -INT $PID
	wait $PID
	PIDS=()
	status=0
	wait $top || status=$?
	cat "$BATS_TEST_TMPDIR/top"
	[ "$status" -eq 1 ]
	grep -q "does not tell of a system: it is not up any more" "$BATS_TEST_TMPDIR/top"
}

@test "a run's systems are shown, and nobody can attach to them" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	experiment test skeleton "options: [count=2]"
	sed -i 's/^iterations: .*/iterations: 200/' "$EXPERIMENTS/test.yaml"
	"$DRIVERVM" run test --name run > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	PID=$!
	PIDS+=($PID)
	for _ in $(seq 300); do
		[ -e "$XDG_RUNTIME_DIR/drivervm-$PID/status" ] && break
		sleep 0.1
	done
	run --separate-stderr "$DRIVERVM" top --once --json
	cat "$BATS_TEST_TMPDIR/out"
	told "t['system'] == 'native' and t['pid'] == $PID and vms['client']['alive']"
	run --separate-stderr "$DRIVERVM" attach client
	[ "$status" -eq 2 ]
	[[ "$stderr" =~ "no system is up" ]]
	kill -INT $PID
	wait $PID || true
	PIDS=()
	[ ! -e "$XDG_RUNTIME_DIR/drivervm-$PID" ]
}
