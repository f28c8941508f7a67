import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openChaosShop } from '../chaos-shop.ts'
import { openExternalDatabase } from '../external-database.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** F7: no room for tables, and none for the write-ahead log, which stops the server. Needs the right to mount a file system in memory. */
export const scenario: Scenario = {
  summary: 'a full disk under the database while people buy; then room again, and the server started as an operator would',
  trials: 5,
  async *run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'souk-chaos-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=420m', 'tmpfs', folder])
    chmodSync(folder, 0o755)
    const ballast = join(folder, 'ballast')
    const database = await openExternalDatabase(folder, { max_wal_size: '96MB', min_wal_size: '32MB', shared_buffers: '64MB' })
    const shop = await openChaosShop({ environment: database.environment(), adminUrl: database.adminUrl })
    let full = 0
    try {
      const rush = await openRush(shop, options)
      while (full < options.trials) {
        await delay(options.random.between(1000, 2000))
        fill(ballast)
        full += 1
        options.note(`the disk is full for the ${full}. time`)
        await delay(6000)
        rmSync(ballast, { force: true })
        await database.bringBack()
        await shop.healthy()
      }
      yield* rush.judge('F7', full)
    } finally {
      rmSync(ballast, { force: true })
      await database.bringBack().catch(() => undefined)
      await shop.close()
      await database.close()
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Takes every byte that is left. */
function fill(file: string): void {
  const fd = openSync(file, 'w')
  const block = Buffer.alloc(1 << 20)
  try {
    for (let size = block.length; size >= 4096; size /= 2) {
      try {
        for (;;) writeSync(fd, block, 0, size)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(fd)
  }
}
