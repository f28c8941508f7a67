import type { Pool } from 'undici'
import type { Line } from '#kit/balance/instance.ts'

/** The connections of the gateway to one instance. */
export interface PoolLine extends Line {
  readonly pool: Pool
}

export const poolLine = (pool: Pool): PoolLine => ({
  pool,
  async ready() {
    const signal = AbortSignal.timeout(2_000)
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/actuator/health/readiness', signal })
    await body.dump()
    return statusCode === 200
  },
  close: () => pool.destroy(),
})
