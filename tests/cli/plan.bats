#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# --dry-run: the plan, its time and memory, QEMU's command lines; nothing is started.

load common

@test "a dry run prints the plan and makes nothing" {
	run --separate-stderr "$DRIVERVM" run net-throughput --dry-run --seed 7 \
		--set invocations=2
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ -z "$(ls -A "$ROOT/results")" ]
	[[ "$output" =~ "seed 7, 10 systems to bring up" ]]
	[[ "$output" =~ "rate: uncapped (0) capped (measured at the start)" ]]
	[[ "$output" =~ about\ [0-9]+\ min.*,\ at\ most\ [0-9]+\ MiB ]]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^  direction=')" -eq $((10 * 16)) ]
	# isolated-pci has three VMs, isolated and bridged two, native and virtio one; links have the isolated
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^qemu-system-x86_64 ')" -eq 9 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c 'ivshmem-doorbell')" -eq 5 ]
}

# A plan, but for the rate of the host's clock: that is measured, and differs by a kHz or so.
plan_of_seed() {
	"$DRIVERVM" run net-throughput --dry-run --seed "$1" > "$BATS_TEST_TMPDIR/plan"
	sed 's/tsc_early_khz=[0-9]*/tsc_early_khz=RATE/' "$BATS_TEST_TMPDIR/plan"
}

@test "the seed decides the order, and nothing else does" {
	plan_of_seed 7 > "$BATS_TEST_TMPDIR/a"
	plan_of_seed 7 > "$BATS_TEST_TMPDIR/b"
	plan_of_seed 8 > "$BATS_TEST_TMPDIR/c"
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	! cmp -s "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/c"
}

@test "--set and --quick change the plan" {
	run "$DRIVERVM" run net-throughput --dry-run --set mtu=1500,9000 --set rate=uncapped \
		--set systems=native --set invocations=2
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^  direction=')" -eq $((2 * 4)) ]
	[[ "$output" =~ mtu=9000 ]]
	[[ ! "$output" =~ capped\ \(measured ]]
	run "$DRIVERVM" run net-throughput --dry-run --quick
	[ "$status" -eq 0 ]
	[[ ! "$output" =~ mtu=250 ]]
}

@test "reproduce plans every experiment" {
	run --separate-stderr "$DRIVERVM" reproduce --dry-run --quick
	[ "$status" -eq 0 ]
	[[ "$output" =~ net-throughput,\ invocation\ 0 ]]
	[[ "$output" =~ net-latency,\ invocation\ 0 ]]
	[ -z "$(ls -A "$ROOT/results")" ]
}

@test "the quick form fits its budget of five minutes" {
	run "$DRIVERVM" reproduce --dry-run --quick
	[[ "$output" =~ about\ ([0-9]+)\ min ]]
	[ "${BASH_REMATCH[1]}" -lt 5 ]
}

@test "the examples of the documentation can be planned" {
	for file in "$TOP"/docs/examples/*.yaml; do
		run --separate-stderr "$DRIVERVM" run "$file" --dry-run
		echo "$file: $stderr"
		[ "$status" -eq 0 ]
	done
}

@test "what a device needs, of its machine and at its other end, is in the plan" {
	run "$DRIVERVM" run driver-matrix-char --dry-run --set systems=files \
		--set drivers=8250_pci,ftdi_sio,tpm_tis,iTCO_wdt
	[ "$status" -eq 0 ]
	[[ "$output" =~ "-chardev serial,id=char0-end,path=/dev/fdset/" ]]
	[[ "$output" =~ "-device pci-serial,id=char0-dev,chardev=char0-end" ]]
	[[ "$output" =~ "-device usb-serial,bus=char0-dev.0,chardev=char0-end" ]]
	[[ "$output" =~ "-tpmdev emulator,id=char0-end,chardev=char0-chip" ]]
	[[ "$output" =~ "-device tpm-tis,id=char0-dev,tpmdev=char0-end" ]]
	[ "$(grep -c 'tpm_tis.force=1' <<<"$output")" -eq 1 ]
	[ "$(grep -c -e '-machine q35' <<<"$output")" -eq 1 ]
}

@test "experiments of the quick pass share the systems that they bring up" {
	run --separate-stderr "$DRIVERVM" run net-latency net-throughput --quick --dry-run
	[ "$status" -eq 0 ]
	[[ "$output" =~ "4 systems to bring up" ]]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c 'which is up')" -eq 4 ]
	# One that leaves alone what the other sets would be measured with that.
	sed -i 's/, mtu=1500, rate=0//' "$EXPERIMENTS/net-latency.yaml"
	run --separate-stderr "$DRIVERVM" run net-latency net-throughput --quick --dry-run
	[[ "$output" =~ "8 systems to bring up" ]]
	[[ ! "$output" =~ "which is up" ]]
	run --separate-stderr "$DRIVERVM" run disk-latency disk-throughput --dry-run
	[[ ! "$output" =~ "which is up" ]]
}

@test "a system that is shared is measured by each experiment" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	RUN=$ROOT/results/run
	run --separate-stderr "$DRIVERVM" run net-latency net-throughput --quick --name run \
		--set systems=isolated --set rate=0 --set invocations=1
	echo "$stderr"
	[[ "$stderr" =~ "3 iterations measured, 0 failed, 0 skipped" ]]
	[ "$(grep -c '"metric":"bring_up"' "$RUN/samples.jsonl")" -eq 2 ]
	[ "$(grep '"metric":"bring_up"' "$RUN/samples.jsonl" | grep -o '"value":[0-9.]*' | sort -u |
		wc -l)" -eq 1 ]
	[ "$(grep -c '"metric":"throughput"' "$RUN/samples.jsonl")" -eq 2 ]
	[ "$(grep -c '"metric":"rtt_median"' "$RUN/samples.jsonl")" -eq 1 ]
	[ -n "$(ls "$RUN"/logs/net-throughput/00-isolated-e1000/*.log)" ]
}

@test "a plan says how driver VMs are replaced, and what breaks them" {
	run "$DRIVERVM" run recovery-time-disk --dry-run --set recover=clone --set fault=none \
		--set invocations=1
	[ "$status" -eq 0 ]
	[[ "$output" =~ isolated,\ virtio-blk,\ recover=clone ]]
	# the driver VM of a clone is restored, that of a reboot is not
	[[ "$output" =~ "-incoming defer" ]]
	run "$DRIVERVM" run recovery-time-disk --dry-run --set recover=cold --set fault=none \
		--set invocations=1
	[ "$status" -eq 0 ]
	[[ ! "$output" =~ "-incoming defer" ]]
	run "$DRIVERVM" run recovery-time-disk --dry-run --set recover=luck
	[ "$status" -eq 2 ]
	[ "$output" = "drivervm: --set recover=luck: 'luck' is no value for 'recover'" ]
	run "$DRIVERVM" run recovery-time-disk --dry-run --set fault=tiredness
	[ "$status" -eq 2 ]
	[[ "$output" =~ "'tiredness' is no value for 'fault'" ]]
	run "$DRIVERVM" up isolated --recover luck
	[ "$status" -eq 2 ]
}
