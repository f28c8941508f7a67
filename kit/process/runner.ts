import { setTimeout as delay } from 'node:timers/promises'
import type { Static, TSchema } from 'typebox'
import { currentContext, withContext } from '#kit/core/context.ts'
import { isTransient } from '#kit/core/errors.ts'
import { killpoint } from '#kit/core/killpoint.ts'
import { servicePrincipal } from '#kit/core/principal.ts'
import type { Query } from '#kit/db/db.ts'
import type { Reaction } from '#kit/messaging/bus.ts'
import type { CallContext, RpcClient, RpcContract } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'
import { inSpan } from '#kit/tracing/span.ts'
import type { PreparedProcess, ProcessContract, Processes } from './contract.ts'
import { createFinisher } from './finisher.ts'
import { reactionsOf } from './process-reactions.ts'
import { type AnyProcess, timedOut, type Typed } from './process.ts'
import { LEASE_SECONDS, type ProcessRow, type ProcessStore, type Save, type Step } from './store.ts'

/** After this many failed tries of one step a person has to look: status `stuck`, an error in the log, a retry in the admin. */
const MAX_ATTEMPTS = 50
/** Steps of one run, against a reducer that never ends. */
const MAX_STEPS = 200

export interface ProcessRunnerOptions {
  readonly home: string
  readonly store: ProcessStore
  readonly log: Logger
  readonly definitions: readonly AnyProcess[]
  rpc<C extends RpcContract>(contract: C): RpcClient<C>
}

export interface ProcessRunner extends Processes {
  /** how many kinds of flow have their home here */
  readonly definitions: number
  /** reactions for the home service's consumer: events that concern waiting flows */
  readonly reactions: readonly Reaction[]
  /** Looks for flows whose time has come until stopped; run it in the background process. */
  recover(signal: AbortSignal): Promise<void>
  /** One round of recovery; returns how many flows were moved. */
  recoverOnce(limit?: number): Promise<number>
  /** Waits until everything finished in memory is on disk. */
  flush(): Promise<void>
}

interface Running {
  definition: AnyProcess
  id: string
  version: bigint
  state: Typed
  pending: readonly Typed[]
  steps: Step[]
  attempts: number
  /** mail that `state` has heard of and that still lies in the mailbox: the next checkpoint takes it out */
  heard: number
}

/** 1 s, 2 s, 4 s … at most 60 s, with jitter so that a herd spreads out. */
function backoffSeconds(attempts: number): number {
  return Math.min(60, 2 ** Math.min(attempts, 6)) * (0.75 + Math.random() / 2)
}

export function createProcessRunner(options: ProcessRunnerOptions): ProcessRunner {
  const { store, log, home } = options
  const byName = new Map<string, AnyProcess>()
  const performers = new Map<string, Record<string, (command: never, call: CallContext) => Promise<Typed>>>()
  for (const definition of options.definitions) byName.set(definition.contract.name, definition)
  /** flows started by this process and not yet advanced: saves reading the row back */
  const fresh = new Map<string, Running>()

  function performerOf(definition: AnyProcess) {
    const name = definition.contract.name
    let performer = performers.get(name)
    if (!performer) {
      const clients = Object.fromEntries(Object.entries(definition.needs).map(([key, contract]) => [key, options.rpc(contract)]))
      performer = definition.perform(clients)
      performers.set(name, performer)
    }
    return performer
  }

  const ended = createFinisher(store, log)

  async function save(
    run: Running,
    fields: Pick<Save, 'status' | 'dueInSeconds' | 'hold' | 'error'>,
  ): Promise<Typed[] | undefined> {
    killpoint('process.before-save')
    const saved = await store.save({ name: run.definition.contract.name, ...run, ...fields })
    killpoint('process.after-save')
    if (!saved) return undefined
    run.version = saved.version
    run.heard = 0
    return saved.mailbox
  }

  function feed(run: Running, happening: Typed): void {
    const [state, commands] = run.definition.react(run.state, happening)
    run.state = state
    run.pending = [...run.pending, ...commands]
  }

  function hear(run: Running, mail: readonly Typed[]): void {
    for (const happening of mail) feed(run, happening)
    run.heard = mail.length
  }

  /** Performs pending commands until the flow ends, waits or fails. */
  async function drive(run: Running): Promise<unknown> {
    const { definition } = run
    const call: CallContext = { principal: servicePrincipal(home) }
    const perform = performerOf(definition)
    for (let step = 0; step < MAX_STEPS; step += 1) {
      if (definition.done(run.state) && run.pending.length === 0) {
        ended.add({ ...run, name: definition.contract.name })
        return definition.result(run.state)
      }
      const [command] = run.pending
      if (!command || definition.durable(run.state)) {
        const waits = !command
        const mail = await save(run, {
          status: waits ? 'waiting' : 'running',
          dueInSeconds: waits ? definition.deadlineSeconds(run.state) : LEASE_SECONDS,
          hold: waits ? 'with-mail' : true,
        })
        if (!mail) return undefined
        hear(run, mail)
        if (waits) {
          if (mail.length === 0) return definition.result(run.state)
          // The mail came between: what it changes is kept, and the flow goes on.
          if (!(await goOn(run))) return undefined
          continue
        }
      }
      if (!command) continue
      const begun = performance.now()
      try {
        killpoint('process.before-step', command.type)
        const span = { service: home, name: `${definition.contract.name}: ${command.type}`, kind: 'internal' } as const
        const answer = await inSpan(span, () =>
          perform[command.type]!(command as never, definition.late?.includes(command.type) ? { ...call, late: true } : call),
        )
        killpoint('process.after-step', command.type)
        run.pending = run.pending.slice(1)
        run.steps.push({
          command: command.type,
          answer: answer.type,
          at: new Date().toISOString(),
          milliseconds: Math.round((performance.now() - begun) * 10) / 10,
        })
        run.attempts = 0
        const before = run.pending
        const [state, commands] = definition.react(run.state, answer)
        run.state = state
        run.pending = [...before, ...commands]
      } catch (error) {
        return await failed(run, command, error)
      }
    }
    throw new Error(`process ${definition.contract.name} ${run.id} does not end after ${MAX_STEPS} steps`)
  }

  /** A checkpoint with what was heard; what was said meanwhile is heard, too. False: somebody else has the flow. */
  async function goOn(run: Running): Promise<boolean> {
    const mail = await save(run, { status: 'running', dueInSeconds: LEASE_SECONDS, hold: true })
    if (mail) hear(run, mail)
    return mail !== undefined
  }

  async function failed(run: Running, command: Typed, error: unknown): Promise<unknown> {
    run.attempts += 1
    const stuck = run.attempts >= MAX_ATTEMPTS
    const fields = { process: run.definition.contract.name, id: run.id, command: command.type, attempts: run.attempts, error }
    if (stuck) log.error(fields, 'a flow is stuck and needs a person')
    else if (isTransient(error)) log.debug(fields, 'a step will be tried again')
    else log.warn(fields, 'a step failed and will be tried again')
    await save(run, {
      status: stuck ? 'stuck' : 'running',
      dueInSeconds: backoffSeconds(run.attempts),
      hold: false,
      error: error instanceof Error ? error.message : String(error),
    })
    // What can be said already does not wait for the rest: it is turned back, or confirmed, whatever this step needs.
    return run.definition.result(run.state)
  }

  async function resume(row: ProcessRow): Promise<unknown> {
    const definition = byName.get(row.name)
    if (!definition) throw new Error(`no process ${row.name} in this host`)
    const { id, version, state, pending, attempts } = row
    const run: Running = { definition, id, version, state, pending, steps: [...row.steps], attempts, heard: 0 }
    const trace = currentContext()
    const { traceId = trace.traceId, correlationId = trace.correlationId, spanId } = row.trace
    const context = { traceId, correlationId, spanId }
    return await withContext(context, async () => {
      if (row.mailbox.length > 0) {
        hear(run, row.mailbox)
        if (!(await goOn(run))) return undefined
      } else if (row.status === 'waiting' && run.pending.length === 0) {
        feed(run, timedOut)
      }
      return await drive(run)
    })
  }

  /** Who is still at it when the lease is over has lost the flow, and must not keep the others waiting. */
  function withinLease(row: ProcessRow): Promise<void> {
    const flow = { process: row.name, id: row.id }
    return new Promise((done) => {
      const giveUp = setTimeout(() => {
        log.error(flow, 'a step of a flow does not answer; somebody else takes the flow over')
        done()
      }, LEASE_SECONDS * 1000)
      void resume(row)
        .catch((error: unknown) => log.warn({ error, ...flow }, 'a flow could not be resumed, next round tries again'))
        .finally(() => {
          clearTimeout(giveUp)
          done()
        })
    })
  }

  /** A flow's first row, and the flow as whoever stores that row will run it. */
  function begin(contract: ProcessContract, id: string, input: unknown): { row: PreparedProcess; run: Running } {
    const definition = byName.get(contract.name)
    if (!definition) throw new Error(`no process ${contract.name} in this host`)
    const [state, pending] = definition.start(input)
    const { traceId, correlationId, spanId } = currentContext()
    return {
      row: { name: contract.name, id, state, pending, trace: { traceId, correlationId, spanId } },
      run: { definition, id, version: 0n, state, pending, steps: [], attempts: 0, heard: 0 },
    }
  }

  return {
    definitions: byName.size,
    async start<I extends TSchema, R extends TSchema>(
      tx: Query,
      contract: ProcessContract<I, R>,
      id: string,
      input: Static<I>,
    ): Promise<void> {
      const { row, run } = begin(contract, id, input)
      // Only who stored the flow runs it; a second start must not disturb the first.
      if (await store.insert(tx, row)) fresh.set(`${contract.name}/${id}`, run)
    },
    async startLater<I extends TSchema, R extends TSchema>(
      tx: Query,
      contract: ProcessContract<I, R>,
      id: string,
      input: Static<I>,
    ): Promise<void> {
      await store.insert(tx, begin(contract, id, input).row, 0)
    },
    prepare(contract, id, input) {
      const { row, run } = begin(contract, id, input)
      fresh.set(`${contract.name}/${id}`, run)
      return row
    },
    post: (tx, contract, id, happening, { whileRunning = false } = {}) =>
      store.post(tx, contract.name, id, happening, whileRunning),
    forget(contract, id) {
      fresh.delete(`${contract.name}/${id}`)
    },
    async advance<I extends TSchema, R extends TSchema>(
      contract: ProcessContract<I, R>,
      id: string,
    ): Promise<Static<R> | undefined> {
      const key = `${contract.name}/${id}`
      const started = fresh.get(key)
      if (started) {
        fresh.delete(key)
        return (await drive(started)) as Static<R> | undefined
      }
      let state = ended.stateOf(contract.name, id)
      if (!state) {
        const row = await store.claim(contract.name, id)
        if (row) return (await resume(row)) as Static<R> | undefined
        state = await store.stateOf(contract.name, id)
      }
      return state && (byName.get(contract.name)?.result(state) as Static<R> | undefined)
    },
    reactions: options.definitions.flatMap((definition) => reactionsOf(definition, store)),
    async recoverOnce(limit = 16) {
      const rows = await store.claimDue([...byName.keys()], limit)
      await Promise.all(rows.map(withinLease))
      return rows.length
    },
    async recover(signal) {
      while (!signal.aborted) {
        const moved = await this.recoverOnce().catch((error: unknown) => {
          log.warn({ error }, 'recovery could not look for due flows')
          return 0
        })
        if (moved === 0) await delay(250, undefined, { signal }).catch(() => undefined)
      }
    },
    flush: () => ended.flush(),
  }
}
