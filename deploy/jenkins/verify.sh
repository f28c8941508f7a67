#!/usr/bin/env bash
# Smoke test of a deployed shop: healthy, and what a shopper sees first answers.
#   verify.sh https://shop.example
set -euo pipefail
shop=${1:?the address of the shop}
look() { # path, word that must be in the answer
  curl --fail --silent --show-error --max-time 10 --retry 10 --retry-delay 3 --retry-all-errors "$shop$1" | grep -q "$2" \
    || { echo "verify: $1 does not say $2" >&2; exit 1; }
  echo "verify: $1 is fine"
}
look /actuator/health/readiness '"UP"'
look /actuator/info '"application":"souk"'
look /api/products '"items"'
look /api/categories '"'
look /.well-known/jwks.json '"keys"'
look /v3/api-docs '"openapi"'
