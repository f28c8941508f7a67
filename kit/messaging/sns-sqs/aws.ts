import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { SnsSqsUrl } from './url.ts'

const CONNECT_MS = 2_000
/** longer than the longest wait for messages */
const ANSWER_MS = 30_000

export interface Clients {
  readonly sns: SNSClient
  readonly sqs: SQSClient
  close(): void
}

export function openClients({ region, endpoint, credentials }: SnsSqsUrl): Clients {
  const options = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  }
  const [sns, sqs] = [new SNSClient(options), new SQSClient(options)]
  return {
    sns,
    sqs,
    close() {
      sns.destroy()
      sqs.destroy()
    },
  }
}

export const errorName = (error: unknown): string => (error as { name?: string } | undefined)?.name ?? ''
