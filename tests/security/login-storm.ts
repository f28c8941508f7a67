import { Pool } from 'undici'

export interface Storm {
  /** how many answers there were so far, by status */
  readonly answers: ReadonlyMap<number, number>
  /** Waits for what is under way. */
  stop(): Promise<void>
}

let attacks = 0

/**
 * Wrong passwords, `callers` at a time, each for another account from another place: the shop has to believe X-Forwarded-For of this machine
 * (`TRUST_PROXY=loopback`). A broken connection counts as status 0.
 */
export function startLoginStorm(url: string, callers: number): Storm {
  const pool = new Pool(url, { connections: callers, pipelining: 1 })
  const answers = new Map<number, number>()
  let over = false
  const guess = async (): Promise<number> => {
    attacks += 1
    const n = attacks
    const answer = await pool.request({
      path: '/api/auth/login',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` },
      body: JSON.stringify({ email: `victim-${n}@example.com`, password: 'not-the-password' }),
    })
    await answer.body.dump()
    return answer.statusCode
  }
  const running = Array.from({ length: callers }, async () => {
    while (!over) {
      const status = await guess().catch(() => 0)
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
  })
  return {
    answers,
    async stop() {
      over = true
      await Promise.all(running)
      await pool.close()
    },
  }
}
