/**
 * Loaded into every process of a shop that is profiled (`--import`): what `--cpu-prof` does, but from one SIGUSR2 to the next. Leaves
 * PID.process with its command line, so that nobody sends the signal to a process that would die of it, and PID.cpuprofile at the end.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

const path = (end: string) => join(process.env.PROFILE_DIR!, `${process.pid}.${end}`)
let session: Session | undefined

function toggle(): void {
  if (!session) {
    session = new Session()
    session.connect()
    session.post('Profiler.enable')
    session.post('Profiler.start')
    return
  }
  session.post('Profiler.stop', (error, stopped) => {
    writeFileSync(path('part'), JSON.stringify(error ? { error: error.message } : stopped.profile))
    renameSync(path('part'), path('cpuprofile'))
  })
  session.disconnect()
  session = undefined
}

if (isMainThread) {
  process.on('SIGUSR2', toggle)
  writeFileSync(path('process'), process.argv.slice(2).join(' '))
}
