import { type ChildProcess, fork } from 'node:child_process'

export interface Child {
  /** SIGKILL, and wait until the process is gone */
  kill(): Promise<void>
  /** stops it in its tracks, as a long pause of the machine would; `cont` lets it go on */
  pause(): void
  cont(): void
}

const living = new Set<ChildProcess>()

/** Starts a real process from a script beside this file and waits until it says it is ready. */
export async function startChild(script: string, argument: object): Promise<Child> {
  const child = fork(new URL(script, import.meta.url), [JSON.stringify(argument)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  living.add(child)
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      living.delete(child)
      resolve()
    }),
  )
  await Promise.race([
    new Promise<void>((resolve) => child.once('message', () => resolve())),
    gone.then(() => Promise.reject(new Error(`${script} ended before it was ready`))),
  ])
  return {
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    pause: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
  }
}

/** For afterEach: whatever a failed test left running. */
export async function killChildren(): Promise<void> {
  await Promise.all(
    [...living].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('exit', () => resolve())
          child.kill('SIGKILL')
        }),
    ),
  )
}
