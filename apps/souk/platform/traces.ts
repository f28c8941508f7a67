import { hostname } from 'node:os'
import type { OtlpTracer } from '#kit/tracing/otlp.ts'
import { traceWith } from '#kit/tracing/span.ts'
import { version } from '../version.ts'
import type { PlatformOptions } from './platform.ts'

/** The tracer of this process; what it needs is loaded only where traces go somewhere. */
export async function openTracer(options: PlatformOptions): Promise<OtlpTracer | undefined> {
  const store = await openStore(options)
  traceWith(options.recent?.spans(store) ?? store)
  return store
}

async function openStore({ settings, part, log }: PlatformOptions): Promise<OtlpTracer | undefined> {
  const { tracesUrl: url, tracesShare: share, environment } = settings
  if (url === undefined) return undefined
  const { openOtlpTracer } = await import('#kit/tracing/otlp.ts')
  const resource = {
    'service.version': version(),
    'service.instance.id': `${hostname()}:${process.pid}`,
    'deployment.environment.name': environment,
    'souk.part': part,
  }
  return openOtlpTracer({ url, share, log, resource })
}
