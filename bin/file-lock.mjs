// A lock between processes for the bootstrap. The holder touches the file every second; a file left untouched belongs to
// a process that was killed, whatever pid it names (pids are reused, and mean nothing in another container).
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
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
  removeStale(file, mine)
  return false
}

/** Moves a stale lock aside; if another waiter was faster and this is its new lock, puts it back. */
function removeStale(file, mine) {
  try {
    const seen = read(file)
    if (Date.now() - statSync(file).mtimeMs < staleAfterMs) return
    const aside = `${file}.${mine.replaceAll(' ', '-')}`
    renameSync(file, aside)
    if (read(aside) !== seen) linkSync(aside, file)
    rmSync(aside, { force: true })
  } catch {
    // it went away meanwhile: the next round finds out
  }
}
