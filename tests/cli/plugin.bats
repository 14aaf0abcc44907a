#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Workload plugins that are wrong: refused before anything starts, or failing on the way.

load common

@test "a plugin of another ABI version is refused" {
	plugin old 's/\.abi = DRIVERVM_WORKLOAD_ABI/.abi = DRIVERVM_WORKLOAD_ABI + 1/'
	experiment bad old
	refused "old.so: built for workload ABI [0-9]+, this program has [0-9]+" run bad
}

@test "a plugin without its symbol is refused" {
	plugin empty 's/drivervm_workload drivervm_workload/drivervm_workload another_symbol/'
	experiment bad empty
	refused "empty.so: no workload" run bad
}

@test "a plugin that fails half way: its samples fail, the run goes on, the status says so" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	# The second of three iterations fails.
	plugin flaky 's/^\(static int skeleton_run.*\)$/static int runs;\n\1/
		s/^\tunsigned int received;$/\tunsigned int received;\n\n\tif (++runs == 2) {\n\t\tops->log(env, "lost its way");\n\t\treturn -EIO;\n\t}/'
	experiment test flaky "options: [count=2]"
	run --separate-stderr "$DRIVERVM" run test --name flaky
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ "$stderr" =~ "2 iterations measured, 1 failed" ]]
	samples=$ROOT/results/flaky/samples.jsonl
	[ "$(grep -c '"metric":"rtt".*"status":"ok"' "$samples")" -eq 2 ]
	[ "$(grep -c '"status":"failed"' "$samples")" -eq 1 ]
	grep '"status":"failed"' "$samples" | grep -q '"iteration":1,.*"reason":"lost its way"'
	[ -e "$ROOT/results/flaky/report.html" ]

	# Resumed, only what failed is measured again.
	run --separate-stderr "$DRIVERVM" run --resume flaky
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "1 iterations measured, 0 failed" ]]
	[ "$(grep -c '"metric":"rtt".*"status":"ok"' "$samples")" -eq 3 ]
	[ "$(grep -c '"metric":"rtt".*"iteration":1.*"status":"ok"' "$samples")" -eq 1 ]

	# And once more, there is nothing left to do.
	run --separate-stderr "$DRIVERVM" run --resume flaky
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "0 iterations measured, 0 failed" ]]
}
