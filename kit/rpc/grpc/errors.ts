import { Code, ConnectError } from '@connectrpc/connect'
import { DomainError, type ErrorKind, type FieldError } from '#kit/core/errors.ts'
import { ErrorInfo } from './well-known.ts'

/** `domain` of our errors in google.rpc.ErrorInfo. */
const DOMAIN = 'souk'

const codeOfKind: Readonly<Record<ErrorKind, Code>> = {
  invalid: Code.InvalidArgument,
  'unsupported-media-type': Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  'not-found': Code.NotFound,
  gone: Code.NotFound,
  conflict: Code.Aborted,
  'precondition-failed': Code.FailedPrecondition,
  rule: Code.FailedPrecondition,
  'payment-refused': Code.FailedPrecondition,
  'too-large': Code.ResourceExhausted,
  'rate-limited': Code.ResourceExhausted,
  unavailable: Code.Unavailable,
}

interface Info {
  readonly reason: string
  readonly domain: string
  readonly metadata: Readonly<Record<string, string>>
}

/** An error of the domain as gRPC tells it: a status that fits, and in ErrorInfo the exact code, kind, details and fields. */
export function toStatus(error: DomainError): ConnectError {
  const metadata: Record<string, string> = { kind: error.kind }
  if (Object.keys(error.details).length > 0) metadata.details = JSON.stringify(error.details)
  if (error.fields.length > 0) metadata.fields = JSON.stringify(error.fields)
  if (error.retryAfterSeconds !== undefined) metadata.retryAfterSeconds = String(error.retryAfterSeconds)
  const info = { desc: ErrorInfo, value: { reason: error.code, domain: DOMAIN, metadata } as never }
  return new ConnectError(error.message, codeOfKind[error.kind], undefined, [info], error)
}

/** The error of the domain that the other side has told of; undefined: it was said by the road, not by the service. */
export function fromStatus(status: ConnectError): DomainError | undefined {
  const [info] = status.findDetails(ErrorInfo) as unknown as Info[]
  if (info?.domain !== DOMAIN) return undefined
  const { kind, details, fields, retryAfterSeconds } = info.metadata
  return new DomainError((kind ?? 'unavailable') as ErrorKind, info.reason, status.rawMessage, {
    ...(details ? { details: JSON.parse(details) as Record<string, unknown> } : {}),
    ...(fields ? { fields: JSON.parse(fields) as FieldError[] } : {}),
    ...(retryAfterSeconds ? { retryAfterSeconds: Number(retryAfterSeconds) } : {}),
  })
}
