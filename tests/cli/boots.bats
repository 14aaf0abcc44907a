#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Experiments that vary what a system is brought up with: planned, measured, resumed.

load common

# Axes of boots on a system that does not differ by them, which is all that is needed here.
boots_experiment() {
	experiment test net-rr "options: [duration_ms=500, mtu=1500, rate=0]" \
		"boots:" "  - { axis: vms, values: [1, 2] }" "  - { axis: boot, values: [cold] }" \
		"matrix: [{ axis: size, values: [64, 200] }]" \
		"quick: { boots: [{ axis: vms, values: [2] }] }"
	sed -i 's/^systems:.*/systems: [isolated]/; s/^iterations:.*/iterations: 1/' \
		"$EXPERIMENTS/test.yaml"
}

@test "each way to bring a system up is a bring-up of the plan" {
	boots_experiment
	run --separate-stderr "$DRIVERVM" run test --dry-run
	[ "$status" -eq 0 ]
	[[ "$output" =~ "2 systems to bring up" ]]
	[[ "$output" =~ "isolated, e1000, vms=1, boot=cold" ]]
	[[ "$output" =~ "isolated, e1000, vms=2, boot=cold" ]]
	# Command lines once: of two VMs.
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^qemu-system-x86_64 ')" -eq 2 ]
	run "$DRIVERVM" run test --dry-run --quick
	[[ "$output" =~ "1 systems to bring up" ]]
	[[ ! "$output" =~ vms=1 ]]
	run "$DRIVERVM" run test --dry-run --set vms=3,4,5
	[[ "$output" =~ "3 systems to bring up" ]]
}

@test "what no system can be brought up with is refused" {
	boots_experiment
	refused "--set boot=warm: 'warm' is no value for 'boot'" run test --set boot=warm
	sed -i 's/axis: vms/axis: vmz/' "$EXPERIMENTS/test.yaml"
	refused "test.yaml:13: 'vmz' is nothing that a system is brought up with" run test
}

@test "a dry run shows clones of templates that need not be there" {
	boots_experiment
	for how in clone copy; do
		run --separate-stderr "$DRIVERVM" run test --dry-run --set boot=$how --set vms=1
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ "$(printf '%s\n' "${lines[@]}" | grep -c -- '-incoming defer')" -eq 1 ]
	done
	run "$DRIVERVM" run test --dry-run --set boot=clone --set vms=1
	[[ "$output" =~ "/templates/e1000-tcg-128M-ddos/memory,share=off" ]]
}

@test "samples say what their system was brought up with, and a resumed run goes by it" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	boots_experiment
	RUN=$ROOT/results/run
	run --separate-stderr "$DRIVERVM" run test --name run
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "4 iterations measured, 0 failed, 0 skipped" ]]
	for n in 1 2; do
		with="\"vms\":\"$n\",\"boot\":\"cold\""
		[ "$(grep '"metric":"bring_up"' "$RUN/samples.jsonl" | grep -c "$with")" -eq 1 ]
		[ "$(grep '"metric":"rtt_median"' "$RUN/samples.jsonl" | grep -c "$with")" -eq 2 ]
		[ -d "$RUN/logs/test/00-isolated-e1000-vms=$n,boot=cold" ]
	done
	! grep -v '"vms":"[12]","boot":"cold"' "$RUN/samples.jsonl"

	# One of the two is forgotten: it alone is measured again.
	sed -i '/"vms":"2"/d' "$RUN/samples.jsonl"
	run --separate-stderr "$DRIVERVM" run --resume run
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "2 iterations measured, 0 failed" ]]
	[ "$(grep -c '"metric":"bring_up"' "$RUN/samples.jsonl")" -eq 2 ]
}

@test "a budget and its technique are checked before anything starts" {
	run "$DRIVERVM" up many --technique hope
	[ "$status" -eq 2 ]
	[[ "$output" =~ "'hope' is no value for --technique" ]]
	run "$DRIVERVM" up many --budget much
	[ "$status" -eq 2 ]
	[[ "$output" =~ "'much' is no budget (MiB, 0 to 65536)" ]]
	refused "system native has no driver VM, whose memory could be limited" \
		up native --budget 32
}
