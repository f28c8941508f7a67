import { createHash } from 'node:crypto'
import type { RedisClient } from './connection.ts'

/** A script that Redis runs in one piece. Sent by its hash; whole where a server does not know it yet. */
export type Script = (client: RedisClient, keys: readonly string[], args: readonly string[]) => Promise<unknown>

export function script(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex')
  return async (client, keys, args) => {
    const options = { keys: [...keys], arguments: [...args] }
    try {
      return await client.evalSha(sha, options)
    } catch (error) {
      if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error
      return await client.eval(lua, options)
    }
  }
}
