#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The batch script of a campaign, carried out by a real Slurm: one node, this machine.

load common

# munged, slurmctld and slurmd, all of whose files are in one folder; they run until teardown.
start_slurm() {
	SLURM=$BATS_TEST_TMPDIR/slurm
	mkdir -p "$SLURM/state" "$SLURM/spool" "$SLURM/munge"
	chmod 755 "$SLURM" "$SLURM/munge"
	dd if=/dev/urandom of="$SLURM/munge/key" bs=1024 count=1 2> /dev/null
	chmod 600 "$SLURM/munge/key"
	munged --force --foreground --key-file="$SLURM/munge/key" --socket="$SLURM/munge/socket" \
		--pid-file="$SLURM/munge/pid" --log-file="$SLURM/munge/log" \
		--seed-file="$SLURM/munge/seed" > "$SLURM/munged.out" 2>&1 3>&- &
	DAEMONS="$!"
	cat > "$SLURM/slurm.conf" <<-EOF
		ClusterName=test
		SlurmctldHost=$(hostname)
		SlurmctldPort=$((20000 + $$ % 10000))
		SlurmdPort=$((30000 + $$ % 10000))
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		AuthInfo=socket=$SLURM/munge/socket
		CredType=cred/munge
		StateSaveLocation=$SLURM/state
		SlurmdSpoolDir=$SLURM/spool
		SlurmctldPidFile=$SLURM/slurmctld.pid
		SlurmdPidFile=$SLURM/slurmd.pid
		SlurmctldLogFile=$SLURM/slurmctld.log
		SlurmdLogFile=$SLURM/slurmd.log
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		MpiDefault=none
		ReturnToService=2
		NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
		PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
	EOF
	export SLURM_CONF=$SLURM/slurm.conf
	for _ in $(seq 100); do
		[ ! -S "$SLURM/munge/socket" ] || break
		sleep 0.1
	done
	slurmctld -D > "$SLURM/slurmctld.out" 2>&1 3>&- &
	DAEMONS="$DAEMONS $!"
	slurmd -D > "$SLURM/slurmd.out" 2>&1 3>&- &
	DAEMONS="$DAEMONS $!"
	for _ in $(seq 300); do
		sinfo -h -o %t 2> /dev/null | grep -q idle && return 0
		sleep 0.1
	done
	tail "$SLURM"/*.log "$SLURM"/*.out "$SLURM/munge/log"
	return 1
}

teardown() {
	for pid in ${DAEMONS:-}; do
		kill "$pid" 2> /dev/null || true
		wait "$pid" 2> /dev/null || true
	done
}

@test "a cluster carries out the shares, and they are merged" {
	[ "$(id -u)" = 0 ] || skip "Slurm's daemons are started as root"
	for tool in munged slurmctld slurmd sbatch; do
		command -v $tool > /dev/null || skip "no $tool (packages munge slurmctld slurmd slurm-client)"
	done
	[ -e "$ROOT/build/images/manifest.json" ] || skip "no images"
	campaign test 3
	start_slurm
	"$DRIVERVM" inject test --seed 9 --name part --shards 2 --emit slurm > "$SLURM/job.sh"
	cat "$SLURM/job.sh"
	job=$(sbatch --parsable --output="$SLURM/job-%a.out" "$SLURM/job.sh")
	for _ in $(seq 1200); do
		[ -n "$(squeue -h -j "$job" 2> /dev/null)" ] || break
		sleep 0.2
	done
	cat "$SLURM"/job-*.out
	[ "$(grep -c '"recovered"' "$ROOT/results/part-0/records.jsonl")" -eq 2 ]
	[ "$(grep -c '"recovered"' "$ROOT/results/part-1/records.jsonl")" -eq 1 ]
	run --separate-stderr "$DRIVERVM" merge --name whole part-0 part-1
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	[ "$(grep -c '"recovered"' "$ROOT/results/whole/records.jsonl")" -eq 3 ]
}
