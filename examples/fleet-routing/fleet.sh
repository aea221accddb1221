#!/bin/sh
# Attacks the routing service and lets each result into the threat model, one after the other: half a minute.
# Needs `python` with `casemate[redteam]`. Give a day such as 2026-11-23 to repeat the output of another day.
set -eu
cd "$(dirname "$0")"
TODAY=${1:-$(date +%F)}
POLICY="--policy policy.yaml --today $TODAY"

mkdir -p keys
[ -f keys/red-team ] || casemate sign --new-key keys/red-team --no-passphrase > out.log 2>&1 || { cat out.log; rm out.log; exit 2; }
rm -rf out.log evidence
python redteam.py

for stage in none naive gate all; do
  echo
  python record.py "$stage" --today "$TODAY"
  casemate assess casemate.yaml $POLICY --exit-zero 2>&1 | sed -n '/adversarial-input@traffic-model  /p; /^Gate: /p'
done
casemate assess casemate.yaml $POLICY --exit-zero --output html=out/report.html > out/assessment.txt 2>&1
