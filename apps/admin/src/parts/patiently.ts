import { SoukError } from '../../../../packages/client/src/errors.ts'

/** For one request; who would wait for longer is told so, instead of looking at a page that stands still. */
const LONGEST_SECONDS = 300

export interface Waiting {
  /** seconds that the shop asks to wait; undefined: over */
  readonly onWait: (seconds: number | undefined) => void
  /** waits milliseconds */
  readonly pause?: (ms: number) => Promise<void>
}

/** Work in many requests waits as long as the shop asks with `Retry-After`; a single call gives up sooner. Throws what the last try threw. */
export async function patiently<T>(work: () => Promise<T>, { onWait, pause = sleep }: Waiting): Promise<T> {
  for (let waited = 0; ; ) {
    try {
      return await work()
    } catch (error) {
      const seconds = error instanceof SoukError ? Number(error.headers.get('retry-after')) : 0
      waited += seconds
      if (!(seconds > 0) || waited > LONGEST_SECONDS) throw error
      onWait(seconds)
      await pause(seconds * 1000)
      onWait(undefined)
    }
  }
}

const sleep = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms))
