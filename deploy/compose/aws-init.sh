#!/bin/sh
# The bucket of OBJECTS_URL, and what other programs that know the shop by SNS, SQS and SES expect: topics, queues with dead letters after 3 tries, the
# sender of mail. The shop of services.yaml uses the bucket only. With BUS_URL=sns+sqs://… it makes the rest of its queues by itself and gives these
# their filters, as `souk bus apply` does. Safe to run again.
set -eu
region=${AWS_DEFAULT_REGION:-eu-central-1}
account=000000000000
aws s3api create-bucket --bucket souk --create-bucket-configuration "LocationConstraint=$region" 2>/dev/null || true
aws ses verify-email-identity --email-address no-reply@localhost
queue() { # name: a queue and its dead letters
  aws sqs create-queue --queue-name "${1%-queue}-dlq" >/dev/null
  aws sqs create-queue --queue-name "$1" --attributes \
    "{\"VisibilityTimeout\":\"30\",\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:$region:$account:${1%-queue}-dlq\\\",\\\"maxReceiveCount\\\":3}\"}" >/dev/null
}
queue notification-queue
queue catalog-order-queue
subscribe() { # topic queue
  aws sns create-topic --name "$1" >/dev/null
  aws sns subscribe --topic-arn "arn:aws:sns:$region:$account:$1" --protocol sqs \
    --notification-endpoint "arn:aws:sqs:$region:$account:$2" --attributes RawMessageDelivery=true >/dev/null
}
for topic in order-events user-events catalog-events; do subscribe "$topic" notification-queue; done
subscribe order-events catalog-order-queue
