import type { EventDefinition, Event } from '#kit/messaging/event.ts'
import type { CallContext, RpcClient, RpcContract } from '#kit/rpc/rpc.ts'
import type { ProcessContract } from './contract.ts'

export interface Typed {
  readonly type: string
}

/** Fed to the reducer when a state's deadline passes. */
export const timedOut = { type: 'timed-out' } as const
export type TimedOut = typeof timedOut

/**
 * A flow that crosses services, as a pure reducer: `(state, event) -> [state, commands]`. The runner persists it in the home
 * service's schema, performs the commands one after another through idempotent clients and feeds each answer back.
 * States, commands and events are plain JSON.
 */
export interface ProcessDefinition<Input, State extends Typed, Command extends Typed, Happening extends Typed, Result> {
  readonly contract: ProcessContract
  readonly start: (input: Input) => readonly [State, readonly Command[]]
  readonly react: (state: State, happening: Happening | TimedOut) => readonly [State, readonly Command[]]
  /** what the starter gets; `undefined` while the flow cannot answer yet */
  readonly result: (state: State) => Result | undefined
  readonly done: (state: State) => boolean
  /** seconds the flow may wait in this state for a happening from outside; then it is told `timed-out` */
  readonly deadlineSeconds: (state: State) => number
  /**
   * Must this state be on disk before its commands are performed? A step forward need not: its command is idempotent and a
   * crash replays it with the same answer. A turn back (compensation) must, or a replay could go forward again (ADR 0002).
   */
  readonly durable: (state: State) => boolean
  /**
   * Steps forward whose commit may reach the disk late (ADR 0033): a crash replays them, and somebody is answered only behind a step that is not
   * among them or behind a state that was written down. Default: none.
   */
  readonly late?: readonly string[]
  readonly needs: Record<string, RpcContract>
  readonly perform: (clients: Record<string, RpcClient<RpcContract>>) => {
    [type: string]: (command: never, call: CallContext) => Promise<Happening>
  }
  /** events from the bus that concern a running process */
  readonly listens: readonly Listener[]
  /** events from the bus that begin a process; a second event for the same id begins nothing */
  readonly beginsOn?: readonly Beginning[]
}

export interface Listener {
  readonly event: EventDefinition
  readonly deliver: (event: Event) => { processId: string; happening: Typed } | undefined
  /** tell it also to a flow that runs at the moment, see Processes.post */
  readonly whileRunning: boolean
}

export function listen<D>(
  event: EventDefinition<D>,
  deliver: (event: Event<D>) => { processId: string; happening: Typed } | undefined,
  { whileRunning = false } = {},
): Listener {
  return { event: event as EventDefinition, deliver: deliver as Listener['deliver'], whileRunning }
}

export interface Beginning {
  readonly event: EventDefinition
  readonly begin: (event: Event) => { processId: string; input: unknown } | undefined
}

export function beginOn<D, Input>(
  event: EventDefinition<D>,
  begin: (event: Event<D>) => { processId: string; input: Input } | undefined,
): Beginning {
  return { event: event as EventDefinition, begin: begin as Beginning['begin'] }
}

export type AnyProcess = ProcessDefinition<unknown, Typed, Typed, Typed, unknown>

/** Declares a process; the host finds it by its folder under processes/. */
export function defineProcess<
  Input,
  State extends Typed,
  Command extends Typed,
  Happening extends Typed,
  Result,
  Needs extends Record<string, RpcContract>,
>(
  definition: Omit<ProcessDefinition<Input, State, Command, Happening, Result>, 'needs' | 'perform'> & {
    needs: Needs
    perform: (clients: { [K in keyof Needs]: RpcClient<Needs[K]> }) => {
      [T in Command['type']]: (command: Extract<Command, { type: T }>, call: CallContext) => Promise<Happening>
    }
  },
): AnyProcess {
  return definition as unknown as AnyProcess
}
