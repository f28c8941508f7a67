import type { ChildProcess } from 'node:child_process'
import type { LineFilter } from '#kit/service/recent-lines.ts'

/** What the processes of an installation ask each other about themselves. */
export type Question =
  | { readonly of: 'metrics' }
  /** its newest lines and spans; those of `stories` alone where there are some */
  | { readonly of: 'recent'; readonly filter: LineFilter }

/** What one process said. */
export interface Told {
  /** `http`, `background`, with HTTP_WORKERS also `http-1`, `http-2` */
  readonly process: string
  readonly answer: unknown
}

/** Asks all processes; those that do not answer in time are left out. */
export type AskAll = (question: Question) => Promise<readonly Told[]>
/** What this process says of itself. */
export type Tell = (question: Question) => Promise<unknown>

type Message =
  /** parent → child, and the answer */
  | { readonly ask: number; readonly question: Question }
  | { readonly say: number; readonly answer: unknown }
  /** HTTP worker → parent: what do all of us say? and the answer */
  | { readonly askAll: number; readonly question: Question }
  | { readonly sayAll: number; readonly all: readonly Told[] }
  /** parent → HTTP worker: we are about to stop */
  | { readonly letGo: true }

/** An HTTP worker waits longer for its parent than the parent for its children: else one that is silent would keep all answers back. */
const PATIENCE_MS = { ofChild: 1_000, ofAll: 1_500 } as const
let questions = 0

interface Line {
  send?: ((message: Message, done: () => void) => unknown) | undefined
  on(event: 'message', listener: (message: unknown) => void): unknown
  off(event: 'message', listener: (message: unknown) => void): unknown
}

const isMessage = (message: unknown): message is Message => typeof message === 'object' && message !== null

/** A question to the process at the other end; undefined when it does not answer in time: the others are shown without it. */
function ask<T>(
  line: Line,
  patienceMs: number,
  message: (id: number) => Message,
  answerOf: (message: Message, id: number) => T | undefined,
): Promise<T | undefined> {
  questions += 1
  const id = questions
  return new Promise((resolve) => {
    const end = (answer: T | undefined) => {
      clearTimeout(timer)
      line.off('message', listen)
      resolve(answer)
    }
    const timer = setTimeout(() => end(undefined), patienceMs)
    const listen = (heard: unknown) => {
      const answer = isMessage(heard) ? answerOf(heard, id) : undefined
      if (answer !== undefined) end(answer)
    }
    line.on('message', listen)
    line.send?.(message(id), () => undefined)
  })
}

/** In the parent: what a child says; undefined when it does not. */
export async function askChild(child: ChildProcess, process: string, question: Question): Promise<Told | undefined> {
  if (!child.connected) return undefined
  return await ask(
    child as Line,
    PATIENCE_MS.ofChild,
    (id) => ({ ask: id, question }),
    (message, id) => ('say' in message && message.say === id ? { process, answer: message.answer } : undefined),
  )
}

/** In an HTTP worker: what all processes say, this one included; the parent knows them all. */
export async function askAllByParent(line: Line, question: Question): Promise<readonly Told[]> {
  const all = await ask(
    line,
    PATIENCE_MS.ofAll,
    (id) => ({ askAll: id, question }),
    (message, id) => ('sayAll' in message && message.sayAll === id ? message.all : undefined),
  )
  return all ?? []
}

/** In a child: answers the parent. */
export function answerParent(line: Line, tell: Tell): void {
  line.on('message', (message) => {
    if (!isMessage(message) || !('ask' in message)) return
    const say = (answer: unknown) => line.send?.({ say: message.ask, answer }, () => undefined)
    tell(message.question).then(say, () => say([]))
  })
}

/** In the parent: answers an HTTP worker. */
export function answerWorker(child: ChildProcess, askAll: AskAll): void {
  child.on('message', (message) => {
    if (!isMessage(message) || !('askAll' in message)) return
    const { askAll: id, question } = message
    void askAll(question).then((all) => child.connected && child.send({ sayAll: id, all }, () => undefined))
  })
}

/** In the parent: an HTTP worker hears that the shop is about to stop, while it still serves everybody. */
export function tellToLetGo(child: ChildProcess): void {
  if (child.connected) child.send({ letGo: true } satisfies Message, () => undefined)
}

/** In an HTTP worker. */
export function heedLetGo(line: Pick<Line, 'on'>, letGo: () => void): void {
  line.on('message', (message) => {
    if (isMessage(message) && 'letGo' in message) letGo()
  })
}
