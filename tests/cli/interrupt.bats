#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ctrl-C, and VMs that die in the middle: what was measured is kept, the rest can be resumed.

load common

# Starts an experiment of many short iterations in the background, up to its first sample.
start_run() {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	experiment test skeleton "options: [count=2]"
	sed -i 's/^iterations: .*/iterations: '"$1"'/; s/^invocations: .*/invocations: '"$2"'/' \
		"$EXPERIMENTS/test.yaml"
	RUN=$ROOT/results/run
	"$DRIVERVM" run test --name run > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	PID=$!
	for _ in $(seq 600); do
		grep -qs '"metric":"rtt"' "$RUN/samples.jsonl" && return 0
		kill -0 $PID || break
		sleep 0.1
	done
	cat "$BATS_TEST_TMPDIR/err"
	return 1
}

@test "Ctrl-C keeps what was measured, leaves no process, and can be resumed" {
	start_run 200 1
	qemus=$(pgrep -P $PID qemu)
	[ -n "$qemus" ]
	kill -INT $PID
	status=0
	wait $PID || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 1 ]
	grep -q "to go on: drivervm run --resume run" "$BATS_TEST_TMPDIR/err"
	for pid in $qemus; do
		! kill -0 "$pid" 2> /dev/null
	done
	measured=$(grep -c '"metric":"rtt".*"status":"ok"' "$RUN/samples.jsonl")
	[ "$measured" -ge 1 ]
	[ "$(grep -c '"status":"failed"' "$RUN/samples.jsonl")" -eq 0 ]
	python3 -c 'import json, sys; [json.loads(line) for line in open(sys.argv[1])]' \
		"$RUN/samples.jsonl"

	# Two more, and no more than two.
	sed -i 's/^iterations: .*/iterations: '$((measured + 2))'/' "$RUN/experiments/test.yaml"
	run --separate-stderr "$DRIVERVM" run --resume run
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "2 iterations measured, 0 failed" ]]
}

@test "a VM that dies fails the rest of its invocation, and the run goes on" {
	start_run 4 2
	kill -KILL "$(pgrep -P $PID qemu)"
	status=0
	wait $PID || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 1 ]
	grep -q "VM client died" "$BATS_TEST_TMPDIR/err"
	grep '"status":"failed"' "$RUN/samples.jsonl" | grep -q '"reason":"VM client died"'
	[ "$(grep -c '"metric":"rtt".*"invocation":0' "$RUN/samples.jsonl")" -eq 4 ]
	[ "$(grep -c '"metric":"rtt".*"invocation":1.*"status":"ok"' "$RUN/samples.jsonl")" -eq 4 ]
	[ -e "$RUN/report.html" ]
}
