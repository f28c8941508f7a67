import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '#kit/db/embedded.ts'
import { livingOwner } from '#kit/db/embedded-owner.ts'
import { findPostmaster, stopPostmaster } from '#kit/db/embedded-postmaster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** superuser's URL of this test run's PostgreSQL */
    postgresUrl: string
  }
}

const prefix = 'souk-test-'

/** One PostgreSQL for the whole run of the integration tests, gone afterwards. It forgets on power loss, which is why it is quick. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepLeftovers()
  const dir = await mkdtemp(path.join(os.tmpdir(), prefix))
  const server = await startPostgres({
    dir,
    disposable: true,
    settings: {
      fsync: false,
      full_page_writes: false,
      max_connections: 300,
      autovacuum: false,
      shared_buffers: '128MB',
      deadlock_timeout: '50ms',
    },
  })
  project.provide('postgresUrl', server.adminUrl)
  return async () => {
    await server.stop()
    await rm(server.dir, { recursive: true, force: true })
    await rm(dir, { recursive: true, force: true })
  }
}

/** A run that was killed leaves its server running. */
async function sweepLeftovers(): Promise<void> {
  for (const name of await readdir(os.tmpdir())) {
    if (!name.startsWith(prefix)) continue
    const dir = path.join(os.tmpdir(), name)
    try {
      const server = await findPostmaster(path.join(dir, 'data'), 2000)
      // several projects of one run start one each, in the same process
      if (!server || (await livingOwner(dir)) !== undefined) continue
      await stopPostmaster(server.pid, 2000)
      await rm(dir, { recursive: true, force: true })
    } catch {
      // somebody else's, or just ending; not worth failing a test run
    }
  }
}
