import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { shopFolder } from '#kit/testing/shop-folder.ts'

/** Where a run keeps the folder of a shop that was started once. */
const KEPT = 'SOUK_TEST_FIRST_START'

/** Settings by which a first start is another one. */
const ITS_OWN = /^(SOUK_DIR|SOUK_SECRET|\w*DATABASE\w*)$/

/** Of a run of files that start shops. */
export async function setup(): Promise<() => Promise<void>> {
  const kept = await shopFolder('first-start')
  process.env[KEPT] = kept
  return async () => await rm(kept, { recursive: true, force: true })
}

let making: Promise<string | undefined> | undefined

/**
 * Fills `folder` (SOUK_DIR, not there yet) with what a first start leaves: a database of today's schema, secrets, one administrator. That start
 * is made once in a run, by `start`, which opens a shop on the folder it is given and stops it again. Leaves the folder alone where
 * `environment` wants a start of its own, and for all shops of the first file of a run, which may stay the only one.
 */
export async function afterFirstStart(
  folder: string,
  environment: Record<string, string>,
  start: (folder: string) => Promise<void>,
): Promise<void> {
  const kept = process.env[KEPT]
  if (!kept || Object.keys(environment).some((name) => ITS_OWN.test(name))) return
  making ??= make(kept, start)
  const made = await making
  if (!made) return
  await promisify(execFile)('cp', ['-a', made, folder])
  // shops of one moment must not wish for the same port
  await rm(join(folder, 'postgres', 'port'), { force: true })
}

/** Files of a run are processes of their own, at times two at once: the first leaves a sign, one behind it makes what all others find. */
async function make(kept: string, start: (folder: string) => Promise<void>): Promise<string | undefined> {
  const [first, made, half] = [join(kept, 'first'), join(kept, 'souk'), join(kept, `half-${process.pid}`)]
  if (existsSync(made)) return made
  if (!existsSync(first)) {
    await writeFile(first, '')
    return undefined
  }
  await start(half)
  if (!existsSync(join(half, 'postgres', 'data')))
    throw new Error(`the first start has kept its database elsewhere than in ${half}`)
  await rename(half, made).catch((error: unknown) => {
    // another file may have been as quick
    if (!existsSync(made)) throw error
  })
  return made
}
