import { LEASE_SECONDS, type ProcessRow, type ProcessStore, type Save } from '../store.ts'

interface Stored {
  name: string
  id: string
  status: ProcessRow['status']
  /** JSON, as the database keeps it: nobody can change it by holding on to it */
  state: string
  pending: string
  mailbox: string
  steps: string
  attempts: number
  version: bigint
  dueAt: number
  leaseUntil: number
  lastError: string | null
  trace: string
}

/** One call of the store is one statement: it happens at once or not at all. Everything here is synchronous for that reason. */
export interface MemoryProcesses {
  readonly flows: ReadonlyMap<string, Readonly<Stored>>
  insert(row: Parameters<ProcessStore['insert']>[1], leaseSeconds?: number): boolean
  post(name: string, id: string, happening: { type: string }, whileRunning?: boolean): boolean
  claim(name: string, id: string): ProcessRow | undefined
  claimDue(names: readonly string[], limit: number): ProcessRow[]
  save(save: Save): { version: bigint; mailbox: { type: string }[] } | undefined
  finish(rows: Parameters<ProcessStore['finish']>[0]): void
  stateOf(name: string, id: string): { type: string } | undefined
}

/** The table `processes` and the statements on it (kit/process/store.ts), in memory. `now`: the database's clock, in milliseconds. */
export function createMemoryProcesses(now: () => number): MemoryProcesses {
  const flows = new Map<string, Stored>()
  const keyOf = (name: string, id: string) => `${name}/${id}`
  const leaseEnd = () => now() + LEASE_SECONDS * 1000

  const take = (flow: Stored): ProcessRow => {
    flow.leaseUntil = leaseEnd()
    flow.version += 1n
    const { name, id, status, attempts, version } = flow
    const json = { state: flow.state, pending: flow.pending, mailbox: flow.mailbox, steps: flow.steps, trace: flow.trace }
    const parsed = Object.fromEntries(Object.entries(json).map(([key, text]) => [key, JSON.parse(text)]))
    return { name, id, status, attempts, version, ...parsed } as unknown as ProcessRow
  }

  return {
    flows,
    insert({ name, id, state, pending, trace }, leaseSeconds = LEASE_SECONDS) {
      if (flows.has(keyOf(name, id))) return false
      const until = now() + leaseSeconds * 1000
      flows.set(keyOf(name, id), {
        name,
        id,
        status: 'running',
        state: JSON.stringify(state),
        pending: JSON.stringify(pending),
        mailbox: '[]',
        steps: '[]',
        attempts: 0,
        version: 0n,
        dueAt: until,
        leaseUntil: until,
        lastError: null,
        trace: JSON.stringify(trace),
      })
      return true
    },
    post(name, id, happening, whileRunning = false) {
      const flow = flows.get(keyOf(name, id))
      if (!flow || !(flow.status === 'waiting' || (whileRunning && flow.status === 'running'))) return false
      flow.mailbox = JSON.stringify([...JSON.parse(flow.mailbox), happening])
      flow.dueAt = Math.min(flow.dueAt, now())
      return true
    },
    claim(name, id) {
      const flow = flows.get(keyOf(name, id))
      if (!flow || (flow.status !== 'running' && flow.status !== 'waiting') || flow.leaseUntil >= now()) return undefined
      if (flow.status !== 'running' && flow.mailbox === '[]' && flow.dueAt > now()) return undefined
      return take(flow)
    },
    claimDue(names, limit) {
      return [...flows.values()]
        .filter((flow) => flow.dueAt < Infinity && flow.dueAt <= now() && flow.leaseUntil <= now() && names.includes(flow.name))
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit)
        .map(take)
    },
    save(save) {
      const flow = flows.get(keyOf(save.name, save.id))
      if (!flow || flow.version !== save.version) return undefined
      const mailbox = JSON.parse(flow.mailbox).slice(save.heard)
      const held = save.hold === 'with-mail' && mailbox.length > 0
      flow.status = save.status
      flow.state = JSON.stringify(save.state)
      flow.pending = JSON.stringify(save.pending)
      flow.steps = JSON.stringify(save.steps)
      flow.attempts = save.attempts
      flow.version += 1n
      flow.mailbox = JSON.stringify(mailbox)
      flow.dueAt = save.status === 'stuck' ? Infinity : held ? now() : now() + save.dueInSeconds * 1000
      flow.leaseUntil = save.hold === true || held ? leaseEnd() : now()
      flow.lastError = save.error ?? null
      return { version: flow.version, mailbox }
    },
    finish(rows) {
      for (const row of rows) {
        const flow = flows.get(keyOf(row.name, row.id))
        if (!flow || flow.version !== row.version) continue
        Object.assign(flow, { status: 'done', dueAt: Infinity, pending: '[]', mailbox: '[]', lastError: null })
        flow.state = JSON.stringify(row.state)
        flow.steps = JSON.stringify(row.steps)
        flow.version += 1n
      }
    },
    stateOf(name, id) {
      const flow = flows.get(keyOf(name, id))
      return flow && JSON.parse(flow.state)
    },
  }
}

/** The same as a store: every statement at once, the transaction that is handed in is not looked at. */
export function memoryProcessStore(processes: MemoryProcesses): ProcessStore {
  return {
    insert: async (_tx, row, leaseSeconds) => processes.insert(row, leaseSeconds),
    post: async (_tx, name, id, happening, whileRunning) => processes.post(name, id, happening, whileRunning),
    async postAll(_tx, name, mail, whileRunning) {
      for (const { processId, happening } of mail) processes.post(name, processId, happening, whileRunning)
    },
    claim: async (name, id) => processes.claim(name, id),
    claimDue: async (names, limit) => processes.claimDue(names, limit),
    save: async (save) => processes.save(save),
    finish: async (rows) => processes.finish(rows),
    stateOf: async (name, id) => processes.stateOf(name, id),
  }
}
