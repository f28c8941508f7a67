import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const git = async (...args: string[]): Promise<string> =>
  (await run('git', args, { cwd: root, maxBuffer: 2 ** 28 })).stdout.trim()

/** Migrations that are newer than the release that we call the one before. */
const NEWER = 6

/** The newest commit to which so many of today's migrations were not known. Undefined where there is no such history. */
export async function formerRelease(): Promise<string | undefined> {
  const log = await git('log', '--diff-filter=A', '--format=commit %H', '--name-only', '--', '*migrations/*.sql').catch(() => '')
  let commit = ''
  let newer = 0
  for (const line of log.split('\n')) {
    if (line.startsWith('commit ')) {
      if (newer >= NEWER) break
      commit = line.slice('commit '.length)
    } else if (line !== '') newer += 1
  }
  if (newer < NEWER) return undefined
  return await git('rev-parse', '--verify', '--quiet', `${commit}~1`).catch(() => undefined)
}

/** Its code, in `folder`, with the packages of today. */
export async function codeOf(commit: string, folder: string): Promise<void> {
  await mkdir(folder)
  const archive = `${folder}.tar`
  await git('archive', '--output', archive, commit)
  await run('tar', ['-x', '-f', archive, '-C', folder])
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
}
