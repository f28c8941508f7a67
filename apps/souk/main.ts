// Entry point: `node apps/souk/main.ts <command>`, reached by bin/souk.mjs. The only file of the host that reads the process.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { runCli } from './cli.ts'

// Compiled code and stripped types are kept between starts; child processes find them by the same variable.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/souk', import.meta.url))
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)

const LEFTOVERS_MS = 5_000
const stop = new AbortController()
let firstSignalAt = 0

function onSignal(signal: NodeJS.Signals): void {
  if (firstSignalAt === 0) {
    firstSignalAt = Date.now()
    stop.abort(signal)
    return
  }
  // The keyboard's signal often arrives twice (terminal and npm); a person who means it tries again a moment later.
  if (Date.now() - firstSignalAt > 1000) process.exit(130)
}

process.on('SIGTERM', onSignal)
process.on('SIGINT', onSignal)
// A process of a stack whose parent is gone (kill -9): nobody else would ever stop it.
if (process.channel) {
  process.channel.unref()
  process.on('disconnect', () => onSignal('SIGTERM'))
}
// A reader that closes the pipe early (`souk dlq | head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: stop.signal,
  root: new URL('../../', import.meta.url),
})
process.off('SIGTERM', onSignal)
process.off('SIGINT', onSignal)
// What failed has been told. Something it had opened and could not close must not keep a process that somebody would start again.
if (process.exitCode !== 0) setTimeout(() => process.exit(), LEFTOVERS_MS).unref()
