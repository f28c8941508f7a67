import { connect, createServer, type Socket } from 'node:net'

/** A line to a server that can die without telling anybody: what is sent goes nowhere, and no connection is closed. */
export interface MortalLine {
  readonly port: number
  /** The line is dead for every connection on which this text is sent from now on, before the server gets it. */
  dieAt(text: string): void
  /** The same, but the server still gets the text; only its answer is lost. */
  dieAfter(text: string): void
  /** Dead at once for connections that exist, and for new ones until `live`. */
  die(): void
  /** New connections are well; those that died stay dead. */
  live(): void
  /** connections that died */
  readonly dead: number
  close(): Promise<void>
}

export async function openMortalLine(target: { readonly host: string; readonly port: number }): Promise<MortalLine> {
  interface Pair {
    readonly near: Socket
    readonly far: Socket
    dead: boolean
  }
  const pairs = new Set<Pair>()
  let trap: { readonly text: string; readonly after: boolean } | undefined
  let dying = false
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true })
    const pair: Pair = { near, far, dead: dying }
    pairs.add(pair)
    near.on('data', (data) => {
      if (pair.dead) return
      const caught = trap !== undefined && data.includes(trap.text)
      if (!caught || trap?.after) far.write(data)
      if (caught) pair.dead = true
    })
    far.on('data', (data) => void (pair.dead || near.write(data)))
    // whoever hangs up on a dead line is not heard at the other end
    near.on('end', () => void (pair.dead || far.end()))
    far.on('end', () => void (pair.dead || near.end()))
    near.on('error', () => void (pair.dead || far.destroy()))
    far.on('error', () => void (pair.dead || near.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    get dead() {
      return [...pairs].filter((pair) => pair.dead).length
    },
    dieAt(text) {
      trap = { text, after: false }
    },
    dieAfter(text) {
      trap = { text, after: true }
    },
    die() {
      dying = true
      for (const pair of pairs) pair.dead = true
    },
    live() {
      dying = false
      trap = undefined
    },
    async close() {
      for (const { near, far } of pairs) {
        near.destroy()
        far.destroy()
      }
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
