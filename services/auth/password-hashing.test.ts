import { parseOptions } from '@node-rs/argon2'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { expect, test } from 'vitest'
import { Bulkhead, hashPassword, isKnownHash, isOutdated, NOBODYS_HASH, verifyPassword } from './password-hashing.ts'

test('a password is kept as argon2id with 19 MiB, two passes, one lane', async () => {
  const hash = await hashPassword('tidy-otter-rows')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(isOutdated(hash)).toBe(false)
  expect(await verifyPassword(hash, 'tidy-otter-rows')).toBe(true)
  expect(await verifyPassword(hash, 'tidy-otter-row')).toBe(false)
})

test('the same password typed with composed or decomposed letters fits', async () => {
  const hash = await hashPassword('z\u00f6gerlich-8')
  expect(await verifyPassword(hash, 'zo\u0308gerlich-8')).toBe(true)
})

test('bcrypt of an imported account fits and counts as outdated', async () => {
  const hash = await bcryptHash('tidy-otter-rows', { cost: 4 })
  expect(await verifyPassword(hash, 'tidy-otter-rows')).toBe(true)
  expect(await verifyPassword(hash, 'other')).toBe(false)
  expect(isOutdated(hash)).toBe(true)
  expect(isKnownHash(hash)).toBe(true)
})

test('a hash of unknown form or of ruinous cost fits nothing', async () => {
  expect(await verifyPassword('plain', 'plain')).toBe(false)
  const started = performance.now()
  expect(await verifyPassword(`$2b$31$${'a'.repeat(53)}`, 'x')).toBe(false)
  expect(performance.now() - started).toBeLessThan(1000)
  expect(isKnownHash('plain')).toBe(false)
})

test('S7: checking a password of nobody costs what checking a real one costs: the same passes over the same memory', async () => {
  expect(isOutdated(NOBODYS_HASH)).toBe(false)
  expect(await verifyPassword(NOBODYS_HASH, '')).toBe(false)
  const real = await hashPassword('tidy-otter-rows')
  expect(parseOptions(NOBODYS_HASH)).toEqual(parseOptions(real))
  expect(NOBODYS_HASH).toHaveLength(real.length)
})

test('never more than two hashes at a time, in order of arrival; who finds the queue full is sent away', async () => {
  const bulkhead = new Bulkhead(2, 3)
  const gates: (() => void)[] = []
  const started: number[] = []
  const job = (n: number) =>
    bulkhead.run(
      () =>
        new Promise<number>((resolve) => {
          started.push(n)
          gates.push(() => resolve(n))
        }),
    )
  const jobs = [1, 2, 3, 4, 5].map(job)
  await expect(job(6)).rejects.toMatchObject({ code: 'auth/busy', kind: 'unavailable', retryAfterSeconds: 1 })
  expect(started).toEqual([1, 2])
  for (let n = 0; n < 5; n += 1) {
    gates[n]!()
    await jobs[n]
    expect(gates.length - n - 1).toBeLessThanOrEqual(2)
  }
  expect(started).toEqual([1, 2, 3, 4, 5])
  await expect(
    bulkhead.run(async () => {
      throw new Error('x')
    }),
  ).rejects.toThrow('x')
  expect(await bulkhead.run(async () => 'free again')).toBe('free again')
})
