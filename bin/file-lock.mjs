// A lock between processes for the bootstrap. The holder touches the file every second; a file left untouched belongs to
// a process that was killed, whatever pid it names (pids are reused, and mean nothing in another container).
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const staleAfterMs = 10_000

/** Runs `work` while holding `file`. `waiting(pid)` is called once if somebody else holds it. */
export async function withFileLock(file, { work, waiting }) {
  mkdirSync(dirname(file), { recursive: true })
  const mine = `${process.pid} ${Date.now()} ${Math.random()}`
  for (let told = false; !take(file, mine); told = true) {
    if (!told) waiting(read(file)?.split(' ')[0] ?? 'unknown')
    await pause(200)
  }
  const touch = setInterval(() => {
    const now = new Date()
    try {
      utimesSync(file, now, now)
    } catch {
      // removed by hand: the work goes on, it is safe to repeat
    }
  }, 1000)
  try {
    return await work()
  } finally {
    clearInterval(touch)
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function take(file, mine) {
  try {
    writeFileSync(file, mine, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  removeStale(file)
  return false
}

/** Only the holder of the guard removes a stale lock: of two waiters, the slower could remove the faster one's new lock. */
function removeStale(file) {
  const guard = `${file}.takeover`
  try {
    if (age(file) < staleAfterMs) return
    if (age(guard) > staleAfterMs) rmSync(guard, { force: true })
    writeFileSync(guard, String(process.pid), { flag: 'wx' })
  } catch {
    return // somebody else is at it, or the lock went away: the next round finds out
  }
  if (age(file) >= staleAfterMs) rmSync(file, { force: true })
  rmSync(guard, { force: true })
}

function age(file) {
  try {
    return Date.now() - statSync(file).mtimeMs
  } catch {
    return 0
  }
}
