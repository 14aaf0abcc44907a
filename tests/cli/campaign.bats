#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Campaigns of faults: bad input, plans, a small one that is killed in the middle and resumed.

load common

# The same words are said as of experiments; argp adds a second line.
misused() {
	run --separate-stderr "$DRIVERVM" "${@:2}"
	echo "status $status, stderr: $stderr"
	[ "$status" -eq 2 ]
	[[ "$stderr" =~ $1 ]]
	[ -z "$(ls -A "$ROOT/results")" ]
}

@test "bad input makes nothing" {
	campaign bad 2
	refused "no campaign 'nosuch'; there are: " inject nosuch
	refused "no run 'nosuch'" inject --resume nosuch
	refused "no run 'nosuch'" merge nosuch
	misused "which CAMPAIGN" inject
	misused "which RUNs" merge
	misused "--seed: expected a whole number, found 'x'" inject bad --seed x
	misused "--trial needs the --seed" inject bad --trial 1
	misused "--shard: expected I/N" inject bad --shard 4/4
	misused "--shard: expected I/N" inject bad --shard 1
	misused "--jobs: expected a whole number" inject bad --jobs 0
	misused "--resume takes everything but --jobs" inject --resume x --seed 1
	misused "only 'slurm' is known, not 'pbs'" inject bad --emit pbs
	refused "campaign bad has 2 trials \(0 to 1\)" inject bad --seed 1 --trial 2
}

@test "a description that is wrong is told by file and line" {
	campaign bad 2
	sed -i 's/fault: panic/fault: pain/' "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:9: no fault 'pain'" inject bad
	campaign bad 2
	sed -i 's/driver: e1000/driver: nvme/' "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:6: driver 'nvme' is of class blk, of which workload net-verify uses no" \
		inject bad
	campaign bad 2
	sed -i 's/driver: e1000/driver: ne2k_pci/' "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:6: strategy clone restores VMs, and none of driver 'ne2k_pci' can be: QEMU's" inject bad
	campaign bad 2
	sed -i 's/size=256/colour=blue/' "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:6: neither workload net-verify nor any device has a setting 'colour'" inject bad
	campaign bad 2
	sed -i 's/strategy: clone/strategy: hope/' "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:4: no strategy of recovery is called 'hope'" inject bad
	campaign bad 2
	echo "colour: blue" >> "$ROOT/faultinject/campaigns/bad.yaml"
	refused "bad.yaml:12: unknown key 'colour'" inject bad
}

@test "plans and scripts are printed and start nothing" {
	campaign test 6
	run --separate-stderr "$DRIVERVM" inject test --dry-run --seed 3 --shard 1/4
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	[[ "$output" =~ "2 of 6 trials, seed 3, 1 worker" ]]
	first=$output
	run --separate-stderr "$DRIVERVM" inject test --dry-run --seed 3 --shard 1/4
	[ "$output" = "$first" ]
	run --separate-stderr "$DRIVERVM" inject test --emit slurm --shards 3 --seed 3
	[ "$status" -eq 0 ]
	[[ "$output" =~ "#SBATCH --array=0-2" ]]
	sh -n <<< "$output"
	[ -z "$(ls -A "$ROOT/results")" ]
}

# Starts campaign "test" in the background, up to its first N records: started N [ARGUMENT...]
started() {
	local n=$1
	shift
	RUN=$ROOT/results/run
	"$DRIVERVM" inject test --name run --seed 4 "$@" \
		> "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	PID=$!
	for _ in $(seq 1200); do
		[ "$(recorded)" -lt "$n" ] || return 0
		kill -0 $PID || break
		sleep 0.1
	done
	cat "$BATS_TEST_TMPDIR/err"
	return 1
}

recorded() {
	cat "$RUN/records.jsonl" 2> /dev/null | wc -l
}

# The processes of a run that is under way: workers, and what they have started.
processes() {
	local workers
	workers=$(pgrep -f -- "--worker .* $RUN")
	echo $workers
	for pid in $workers; do
		pgrep -P "$pid" || true
	done
}

@test "a campaign that is killed leaves nothing running, and is resumed" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	campaign test 8
	started 2 --jobs 2
	running=$(processes)
	[ "$(wc -w <<< "$running")" -ge 4 ]
	kill -KILL $PID
	wait $PID || true
	for _ in $(seq 50); do
		left=$(for p in $running; do
			[ "$(ps -o stat= -p "$p" | cut -c1)" = Z ] || ps -o pid= -p "$p" || true
		done)
		[ -n "$left" ] || break
		sleep 0.1
	done
	[ -z "$left" ]

	# What was recorded stays, but for half a line.
	printf '{"trial":7,"outc' >> "$RUN/records.jsonl"
	cp "$RUN/records.jsonl" "$BATS_TEST_TMPDIR/before"
	before=$(grep -c outcome "$BATS_TEST_TMPDIR/before")
	run --separate-stderr "$DRIVERVM" inject --resume run
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	cmp <(head -n "$before" "$BATS_TEST_TMPDIR/before") <(head -n "$before" "$RUN/records.jsonl")
	all_there 8
	[ -e "$RUN/report.html" ]
	[[ "$output" =~ "isolated" ]]
}

@test "a worker that dies costs one trial" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	campaign test 3
	started 1
	kill -KILL "$(pgrep -f -- "--worker .* $RUN")"
	status=0
	wait $PID || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 1 ]
	all_there 3 harness-failed
	grep -q "the worker ended with status 137" "$RUN/records.jsonl"
}

@test "a full disk ends the campaign, which can be resumed" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	mount -t tmpfs -o size=16m none "$ROOT/results" 2> /dev/null || skip "cannot mount"
	MOUNTED=$ROOT/results
	campaign test 8
	started 1
	cat /dev/zero > "$ROOT/results/fill" 2> /dev/null || true
	status=0
	wait $PID || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 3 ]
	grep -q "records.jsonl: No space left on device" "$BATS_TEST_TMPDIR/err"
	grep -q "to go on: drivervm inject --resume run" "$BATS_TEST_TMPDIR/err"
	rm "$ROOT/results/fill"
	run --separate-stderr "$DRIVERVM" inject --resume run
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	all_there 8
}

teardown() {
	[ -z "${MOUNTED:-}" ] || umount "$MOUNTED"
}
