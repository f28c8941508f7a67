import { spawn } from 'node:child_process'

/** Longer than anything waits for them: whoever is killed in the middle of a run leaves none behind. */
const ENDS_BY_ITSELF_MS = 120_000

/** Starts `count` programs that never pause; answers how to end them. */
export function burn(count: number): () => void {
  const program = `const end = Date.now() + ${ENDS_BY_ITSELF_MS}; while (Date.now() < end);`
  const burners = Array.from({ length: count }, () => spawn(process.execPath, ['-e', program], { stdio: 'ignore' }))
  return () => {
    for (const burner of burners) burner.kill('SIGKILL')
  }
}
