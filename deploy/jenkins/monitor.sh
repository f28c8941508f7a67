#!/usr/bin/env bash
# Watches a shop for some minutes after a deployment: fails as soon as an alert rings.
#   monitor.sh http://prometheus:9090 MINUTES
set -euo pipefail
prometheus=${1:?the address of Prometheus}
until=$((SECONDS + 60 * ${2:-10}))
while ((SECONDS < until)); do
  ringing=$(curl --fail --silent --max-time 10 --data-urlencode 'query=ALERTS{alertstate="firing",severity="page"}' "$prometheus/api/v1/query")
  if ! grep -q '"result":\[\]' <<<"$ringing"; then
    echo "monitor: an alert rings: $ringing" >&2
    exit 1
  fi
  sleep 15
done
echo 'monitor: quiet'
