import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { RESP_TYPES } from '@redis/client'
import type { Look } from '#kit/cache/change-list.ts'
import { type Found, LOOK_MS, MAKING_MS, type SecondLevel, WAIT_MS } from '#kit/cache/second-level.ts'
import type { PartName } from '../memory.ts'
import type { Redis } from './connection.ts'
import { script } from './script.ts'

/**
 * What all entries are measured by is one hash: `epoch`, drawn anew when anything may have been missed (an empty Redis is
 * such a case), `seq`, which counts what was told, and for every tag the number under which it was told last. It is one key, so that it
 * is evicted as a whole or not at all.
 */
const tell = script(`
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if ARGV[1] == 'everything' or not epoch or redis.call('HLEN', KEYS[1]) > 100000 then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('HSET', KEYS[1], 'snapshot', ARGV[3], 'at', redis.call('TIME')[1])
for index = 4, #ARGV do redis.call('HSET', KEYS[1], 'tag ' .. ARGV[index], seq) end
redis.call('EXPIRE', KEYS[1], 86400)
return 1`)

const CHANGED = `
local function changed(changes, epoch, begun, tags)
  local state = redis.call('HGET', changes, 'epoch')
  if state ~= epoch then return true end
  for _, tag in ipairs(tags) do
    local seq = redis.call('HGET', changes, 'tag ' .. tag)
    if seq and tonumber(seq) > tonumber(begun) then return true end
  end
  return false
end`

/** Where a making begins, whether somebody else is at it, and the entry if it is there. */
const ask = script(`${CHANGED}
local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if not state[1] then
  state = {ARGV[3], '0'}
  redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'seq', 0)
  redis.call('EXPIRE', KEYS[1], 86400)
end
local found = redis.call('HMGET', KEYS[2], 'epoch', 'begun', 'tags', 'head', 'body')
if found[1] and not changed(KEYS[1], found[1], found[2], cjson.decode(found[3])) then
  return {state[1], state[2], found[4], found[5], tostring(redis.call('PTTL', KEYS[2]))}
end
local mine = redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2])
return {state[1], state[2], mine and '1' or '0'}`)

const keep = script(`${CHANGED}
redis.call('DEL', KEYS[3])
if changed(KEYS[1], ARGV[1], ARGV[2], cjson.decode(ARGV[3])) then return 0 end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'begun', ARGV[2], 'tags', ARGV[3], 'head', ARGV[4], 'body', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1`)

/** A list of changes reaches a day back; whoever knows less than half of that begins anew. */
const KNOWN_FOR_SECONDS = 12 * 3600
/** Tags that could not be told yet; with more of them everything is given up instead. */
const MOST_OWED = 5_000

export interface SecondLevelOptions {
  readonly redis: Redis
  readonly part: PartName
  /** service and version of the program: another one writes its answers differently */
  readonly name: string
  /** an answer is kept for so long at most */
  readonly longestSeconds: number
}

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly note?: unknown
  readonly tags: readonly string[]
}

interface Owed {
  snapshot: string
  everything: boolean
  readonly tags: Set<string>
}

export function redisSecondLevel({ redis, part, name, longestSeconds }: SecondLevelOptions): SecondLevel {
  const changes = `answers:${name}:changes`
  const counts = { hits: 0, misses: 0, waits: 0, failures: 0 }
  let owed: Owed | undefined
  let telling: Promise<void> | undefined
  const me = randomUUID()

  const keysOf = (key: string): string[] => {
    const hash = createHash('sha256').update(key).digest('base64url')
    return [changes, `answer:${name}:${hash}`, `making:${name}:${hash}`]
  }
  const failed = (): undefined => {
    counts.failures += 1
    return undefined
  }
  /**
   * Tells what is owed, also what came while something else was told; what could not be told stays owed. Two turns do: what is owed now is told
   * after what is on its way, at the latest, and who owes something later settles it.
   */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 2 && (telling ?? owed); turn += 1) {
      telling ??= tellOwed().finally(() => {
        telling = undefined
      })
      await telling
    }
  }
  const tellOwed = async (): Promise<void> => {
    const now = owed!
    owed = undefined
    const what = now.everything ? [] : [...now.tags]
    try {
      await redis.run(part, (client) =>
        tell(client, [changes], [now.everything ? 'everything' : '', randomUUID(), now.snapshot, ...what]),
      )
    } catch (error) {
      owe({ snapshot: ((owed as Owed | undefined) ?? now).snapshot, everything: now.everything, tags: what })
      throw error
    }
  }
  const owe = ({ snapshot, everything, tags }: Look): void => {
    owed ??= { snapshot, everything: false, tags: new Set() }
    owed.snapshot = snapshot
    owed.everything ||= everything
    for (const tag of tags) owed.tags.add(tag)
    if (owed.tags.size > MOST_OWED) owed.everything = true
    if (owed.everything) owed.tags.clear()
  }

  const askOnce = async (key: string): Promise<Found> => {
    await settle()
    const args = [me, String(MAKING_MS), randomUUID()]
    const answer = (await redis.run(part, (client) =>
      ask(client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) as never, keysOf(key), args),
    )) as Buffer[]
    const since = { epoch: String(answer[0]), seq: Number(answer[1]) }
    if (answer.length === 3) return { since, madeElsewhere: String(answer[2]) === '0', answer: undefined }
    const { status, headers, tags, note } = JSON.parse(String(answer[2])) as Head
    return {
      since,
      madeElsewhere: false,
      answer: { status, headers, tags, note, body: answer[3] as Buffer, seconds: Number(answer[4]) / 1000 },
    }
  }

  return {
    async snapshot() {
      try {
        const [snapshot, at] = await redis.run(part, (client) => client.hmGet(changes, ['snapshot', 'at']))
        const age = Date.now() / 1000 - Number(at ?? 0)
        return snapshot && age < KNOWN_FOR_SECONDS ? snapshot : undefined
      } catch {
        return failed()
      }
    },
    tell(look) {
      if (!look.everything && look.tags.length === 0 && !owed) return
      owe(look)
      settle().catch(failed)
    },
    async ask(key) {
      try {
        let found = await askOnce(key)
        const deadline = performance.now() + WAIT_MS
        if (found.madeElsewhere) counts.waits += 1
        while (found.madeElsewhere && performance.now() < deadline) {
          await delay(LOOK_MS)
          found = await askOnce(key)
        }
        counts[found.answer ? 'hits' : 'misses'] += 1
        return found
      } catch {
        counts.misses += 1
        failed()
        return { since: undefined, madeElsewhere: false, answer: undefined }
      }
    },
    async keep(key, since, answer) {
      const { status, headers, note, tags, body, seconds } = answer
      const head: Head = { status, headers, note, tags }
      const milliseconds = Math.floor(Math.min(seconds, longestSeconds) * 1000)
      if (milliseconds <= 0) return
      await redis
        .run(part, (client) =>
          keep(client, keysOf(key), [
            since.epoch,
            String(since.seq),
            JSON.stringify(tags),
            JSON.stringify(head),
            body as never,
            String(milliseconds),
          ]),
        )
        .catch(failed)
    },
    stats: () => ({ ...counts }),
  }
}
