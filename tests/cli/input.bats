#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: one line with file, line and what was expected; exit status 2; nothing is made.

load common

@test "an unknown experiment" {
	refused "no experiment 'nosuch'; there are: " run nosuch
	refused "/no/such.yaml: No such file" run /no/such.yaml
}

@test "an experiment twice" {
	refused "'net-latency' is asked for twice" run net-latency net-latency
}

@test "an unknown key in a description" {
	experiment bad net-rr "colour: blue"
	refused "bad.yaml:11: unknown key 'colour'; expected one of name, title" run bad
}

@test "a wrong type in a description" {
	experiment bad net-rr
	sed -i 's/^iterations: 3/iterations: three/' "$EXPERIMENTS/bad.yaml"
	refused "bad.yaml:9: at 'iterations': expected a whole number, 0 or more, found 'three'" \
		run bad
}

@test "a missing key in a description" {
	experiment bad net-rr
	sed -i '/^workload/d' "$EXPERIMENTS/bad.yaml"
	refused "bad.yaml:[0-9]+: key 'workload' is missing" run bad
}

@test "not YAML at all" {
	printf 'name: bad\n\ttitle: x\n' > "$EXPERIMENTS/bad.yaml"
	refused "bad.yaml:[0-9]+: not YAML" run bad
}

@test "unknown systems, drivers, options and values in a description" {
	experiment bad net-rr
	sed -i 's/\[native\]/[native, nativ]/' "$EXPERIMENTS/bad.yaml"
	refused "bad.yaml:5: no system 'nativ'" run bad
	experiment bad net-rr
	sed -i 's/\[e1000\]/[e10]/' "$EXPERIMENTS/bad.yaml"
	refused "bad.yaml:6: no driver 'e10'" run bad
	experiment bad net-rr "options: [colour=blue]"
	refused "bad.yaml:11: 'colour' is neither an option of workload net-rr nor a setting" run bad
	experiment bad net-rr "options: [protocol=smoke]"
	refused "bad.yaml:11: 'smoke' is no value for 'protocol'.*udp tcp" run bad
	experiment bad net-rr "matrix:" "  - { axis: mtu, values: [1500, big] }"
	refused "bad.yaml:12: 'big' is no value for 'mtu'" run bad
}

@test "an unknown workload" {
	experiment bad nosuch
	refused "no workload nosuch" run bad
}

@test "a broken system is told by its own file and line" {
	echo "colour: blue" >> "$ROOT/harness/systems/native.yaml"
	refused "native.yaml:[0-9]+: unknown key 'colour'" run net-latency
}

@test "a driver that does not say whether it can be hot-plugged, or not why it cannot" {
	sed -i '/name: e100,/s/, hotplug: true//' "$ROOT/harness/drivers.yaml"
	refused "drivers.yaml:[0-9]+: key 'hotplug' is missing" list drivers
	cp "$TOP/harness/drivers.yaml" "$ROOT/harness/drivers.yaml"
	sed -i '/name: e100,/s/hotplug: true/hotplug: false/' "$ROOT/harness/drivers.yaml"
	refused "drivers.yaml:[0-9]+: driver 'e100': hotplug_why goes with hotplug: false, and only" \
		list drivers
	sed -i '/name: e100,/s/hotplug: false/hotplug: true, hotplug_why: "x"/' \
		"$ROOT/harness/drivers.yaml"
	refused "drivers.yaml:[0-9]+: driver 'e100': hotplug_why goes with" list drivers
	sed -i '/name: e100,/s/hotplug: true/hotplug: maybe/' "$ROOT/harness/drivers.yaml"
	refused "drivers.yaml:[0-9]+: at 'hotplug': found 'maybe'; expected one of 'true', 'false'" \
		list drivers
}

@test "a driver without a device, of a class that needs one" {
	sed -i 's/, device: tulip//' "$ROOT/harness/drivers.yaml"
	refused "drivers.yaml:[0-9]+: driver 'tulip' has no device; class net needs one" \
		run net-latency
}

@test "bad --set" {
	refused "--set colour=blue: 'colour' is neither" run net-latency --set colour=blue
	refused "--set protocol=smoke: 'smoke' is no value" run net-latency --set protocol=smoke
	refused "--set systems=xen: no system 'xen'" run net-latency --set systems=xen
	refused "--set iterations=0: expected a whole number" run net-latency --set iterations=0
	refused "--set mtu: expected key=value" run net-latency --set mtu
}

@test "bad names of runs" {
	refused "'a/b' cannot name a run" run net-latency --name a/b
	refused "'latest' cannot name a run" run net-latency --name latest
}

@test "a name that is taken" {
	mkdir "$ROOT/results/taken"
	run --separate-stderr "$DRIVERVM" run net-latency --name taken
	[ "$status" -eq 2 ]
	[[ "$stderr" =~ results/taken\ exists ]]
	[ -z "$(ls -A "$ROOT/results/taken")" ]
}

@test "an unknown accelerator" {
	refused "abacus" run net-latency --accel abacus
}

@test "missing images" {
	rm "$ROOT/build/images"
	refused "build/images/manifest.json: .*make images" run net-latency
	mkdir "$ROOT/build/images"
	touch "$ROOT/build/images/manifest.json" "$ROOT/build/images/vmlinux"
	refused "build/images/client.cpio: .*make images" run net-latency
}

@test "no memory left" {
	sed -i 's/memory_mib: 384/memory_mib: 900000/' "$ROOT/harness/systems/native.yaml"
	run --separate-stderr "$DRIVERVM" run net-latency
	[ "$status" -eq 3 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" =~ system\ native\ needs\ 9[0-9]+\ MiB ]]
	[ -z "$(ls -A "$ROOT/results")" ]
}
