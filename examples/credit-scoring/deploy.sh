#!/bin/sh
# How a model gets into use: deploy.sh MODEL FOLDER copies it and takes it back unless the release key signed the copy.
# Needs `casemate`. The drill of casemate.yaml gives it bad models and sees that it refuses them.
set -eu
keys=$(cd "$(dirname "$0")" && pwd)/keys
model=$2/$(basename "$1")
cp "$1" "$1.sig" "$2/"
casemate verify "$model" --key "$keys/release.pub" || { rm -f "$model" "$model.sig"; exit 1; }
