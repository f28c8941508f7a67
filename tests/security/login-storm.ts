import { Pool } from 'undici'

export interface Storm {
  /** how many answers there were so far, by status */
  readonly answers: ReadonlyMap<number, number>
  /** Waits for what is under way. */
  stop(): Promise<void>
}

let attacks = 0

/** Where a password is shown: as programs do, and as the storefront's own form does. */
const WAYS = {
  api: { path: '/api/auth/login', type: 'application/json', body: (shown: Record<string, string>) => JSON.stringify(shown) },
  form: {
    path: '/sign-in',
    type: 'application/x-www-form-urlencoded',
    body: (shown: Record<string, string>) => new URLSearchParams(shown).toString(),
  },
}

/**
 * Wrong passwords, `callers` at a time, each for another account from another place: the shop has to believe X-Forwarded-For of this machine
 * (`TRUST_PROXY=loopback`). A broken connection counts as status 0.
 */
export function startLoginStorm(url: string, callers: number, way: keyof typeof WAYS = 'api'): Storm {
  const { path, type, body } = WAYS[way]
  const pool = new Pool(url, { connections: callers, pipelining: 1 })
  const answers = new Map<number, number>()
  let over = false
  const guess = async (): Promise<number> => {
    attacks += 1
    const n = attacks
    const answer = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': type, 'x-forwarded-for': `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` },
      body: body({ email: `victim-${n}@example.com`, password: 'not-the-password' }),
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
