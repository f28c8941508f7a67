import type { ChildProcess } from 'node:child_process'
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'

/** What one process measured: the families of its registry. */
export type Families = MetricObjectWithValues<MetricValue<string>>[]

export interface Measured {
  /** `http`, `background`, with HTTP_WORKERS also `http-1`, `http-2` */
  readonly process: string
  readonly families: Families
}

export type MetricsMessage =
  /** parent → child: what did you measure? and the answer */
  | { readonly measure: number }
  | { readonly measured: number; readonly families: Families }
  /** HTTP worker → parent: what did all of us measure? and the answer */
  | { readonly gather: number }
  | { readonly gathered: number; readonly all: readonly Measured[] }

const PATIENCE_MS = 1_500
let questions = 0

interface Line {
  send?: ((message: MetricsMessage, done: () => void) => unknown) | undefined
  on(event: 'message', listener: (message: unknown) => void): unknown
  off(event: 'message', listener: (message: unknown) => void): unknown
}

/** A question to the process at the other end; undefined when it does not answer in time: the others are shown without it. */
function ask<T>(
  line: Line,
  question: (id: number) => MetricsMessage,
  answerOf: (message: MetricsMessage, id: number) => T | undefined,
) {
  questions += 1
  const id = questions
  return new Promise<T | undefined>((resolve) => {
    const end = (answer: T | undefined) => {
      clearTimeout(timer)
      line.off('message', listen)
      resolve(answer)
    }
    const timer = setTimeout(() => end(undefined), PATIENCE_MS)
    const listen = (message: unknown) => {
      const answer = typeof message === 'object' && message !== null ? answerOf(message as MetricsMessage, id) : undefined
      if (answer !== undefined) end(answer)
    }
    line.on('message', listen)
    line.send?.(question(id), () => undefined)
  })
}

/** In the parent: what a child measured. */
export async function measuredBy(child: ChildProcess, process: string): Promise<Measured | undefined> {
  if (!child.connected) return undefined
  return await ask(
    child as Line,
    (id) => ({ measure: id }),
    (message, id) => ('measured' in message && message.measured === id ? { process, families: message.families } : undefined),
  )
}

/** In an HTTP worker: what all processes measured, this one included; the parent knows them all. */
export async function gatheredByParent(line: Line): Promise<readonly Measured[]> {
  const all = await ask(
    line,
    (id) => ({ gather: id }),
    (message, id) => ('gathered' in message && message.gathered === id ? message.all : undefined),
  )
  return all ?? []
}

/** In a child: answers the parent. */
export function answerMeasure(line: Line, own: () => Promise<Families>): void {
  line.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('measure' in message)) return
    const id = (message as { measure: number }).measure
    own().then(
      (families) => line.send?.({ measured: id, families }, () => undefined),
      () => line.send?.({ measured: id, families: [] }, () => undefined),
    )
  })
}

/** In the parent: answers an HTTP worker. */
export function answerGather(child: ChildProcess, gather: () => Promise<readonly Measured[]>): void {
  child.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('gather' in message)) return
    const id = (message as { gather: number }).gather
    void gather().then((all) => child.connected && child.send({ gathered: id, all }, () => undefined))
  })
}

/** One registry of all processes; every series says whose it is. */
export async function together(all: readonly Measured[]): Promise<Registry> {
  const prometheus = await import('prom-client')
  const families = new Map<string, Families[number]>()
  for (const { process, families: own } of all)
    for (const family of own) {
      const values = family.values.map((value) => ({ ...value, labels: { ...value.labels, process } }))
      const known = families.get(family.name)
      families.set(family.name, { ...family, values: [...(known?.values ?? []), ...values] })
    }
  const registry = new prometheus.Registry()
  for (const family of families.values()) registry.registerMetric({ name: family.name, get: async () => family } as never)
  return registry
}
