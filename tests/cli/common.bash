# SPDX-License-Identifier: GPL-2.0-or-later
# For all command-line tests: the program, and a root of its own whose results/ is empty, so that
# "nothing was made" can be seen.

bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
DRIVERVM=${DRIVERVM:-$TOP/build/drivervm}
BUILD=$(dirname "$DRIVERVM")

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	export DRIVERVM_ROOT=$ROOT
	mkdir -p "$ROOT/build" "$ROOT/results"
	cp -r "$TOP/harness" "$ROOT/harness"
	mkdir -p "$ROOT/faultinject"
	cp -r "$TOP/faultinject/campaigns" "$ROOT/faultinject/campaigns"
	ln -s "$TOP/plots" "$ROOT/plots"
	ln -s "$TOP/build/images" "$ROOT/build/images"
	ln -s "$BUILD/workloads" "$ROOT/build/workloads"
	mkdir -p "$TOP/build/cache" && ln -s "$TOP/build/cache" "$ROOT/build/cache"
	EXPERIMENTS=$ROOT/harness/experiments
}

# Exit status 2, exactly one line on stderr that matches the pattern, no run made.
refused() {
	local pattern=$1
	shift
	run --separate-stderr "$DRIVERVM" "$@"
	echo "status $status, stderr: $stderr"
	[ "$status" -eq 2 ]
	[ "$(printf '%s\n' "$stderr" | wc -l)" -eq 1 ]
	[[ "$stderr" =~ $pattern ]]
	[ -z "$(ls -A "$ROOT/results")" ]
}

# A plugin NAME into the folder $PLUGINS, of workloads/skeleton.c changed by a sed script.
plugin() {
	PLUGINS=$BATS_TEST_TMPDIR/plugins
	mkdir -p "$PLUGINS"
	sed -e "s/\.name = \"skeleton\"/.name = \"$1\"/" -e "$2" "$TOP/workloads/skeleton.c" \
		> "$PLUGINS/$1.c"
	gcc -D_GNU_SOURCE -std=gnu17 -I"$TOP/workloads/include" -fPIC -shared \
		-o "$PLUGINS/$1.so" "$PLUGINS/$1.c"
	export DRIVERVM_WORKLOAD_PATH=$PLUGINS
}

# A small experiment NAME that runs workload WORKLOAD; more lines may follow.
experiment() {
	local file=$EXPERIMENTS/$1.yaml
	cat > "$file" <<-EOF
		name: $1
		title: A test
		question: Does it?
		workload: $2
		systems: [native]
		drivers: [e1000]
		warmup: 0
		invocations: 1
		iterations: 3
		seconds: 1
	EOF
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@" >> "$file"
}

# A campaign NAME of N trials a target; its faults end the driver VM.
campaign() {
	cat > "$ROOT/faultinject/campaigns/$1.yaml" <<-EOF
		name: $1
		title: A test
		question: Does it?
		strategy: clone
		targets:
		  - { name: isolated, system: isolated, driver: e1000, workload: net-verify, options: [size=256] }
		faults:
		  - { fault: kill }
		  - { fault: panic }
		trials: $2
		watch_ms: 500
	EOF
}

# Each of N trials has one record: all_there N [OUTCOME that one of them has, the rest recovered]
all_there() {
	python3 - "$RUN/records.jsonl" "$@" <<-'EOF'
		import json, sys
		records = [json.loads(line) for line in open(sys.argv[1])]
		assert sorted(r["trial"] for r in records) == list(range(int(sys.argv[2]))), records
		other = [r for r in records if r["outcome"] != "recovered"]
		assert [r["outcome"] for r in other] == sys.argv[3:], other
	EOF
}
