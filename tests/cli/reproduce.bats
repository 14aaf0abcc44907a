#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# reproduce: experiments and campaigns in one run.

load common

@test "reproduce carries its campaigns out, in a folder of its run" {
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	rm "$EXPERIMENTS"/*.yaml "$ROOT"/faultinject/campaigns/*.yaml
	experiment small net-rr "options: [duration_ms=500, mtu=1500, rate=0]"
	campaign test 2
	echo "reproduce: quick" >> "$ROOT/faultinject/campaigns/test.yaml"
	run --separate-stderr "$DRIVERVM" reproduce --quick --name run
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	[[ "$stderr" =~ "3 iterations measured, 0 failed" ]]
	RUN=$ROOT/results/run/campaigns/test
	all_there 2
	grep -q "2 trials" "$RUN/report.md"
}
