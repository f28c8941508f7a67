import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errors } from './errors.ts'
import type { Repository, Snapshot } from './repository.ts'
import type { Logger } from '#kit/service/logger.ts'

const TIME_MS = 20_000
const MOST_BYTES = 8 * 1024 * 1024
const KEPT = 16

export interface GitRepositoryOptions {
  /** `file:///folder`, `https://…`, `ssh://…` */
  readonly url: string
  readonly defaultLabel: string
  /** how old the copy of a repository on another machine may be */
  readonly fetchMs: number
  readonly log: Logger
}

/**
 * A git repository, read by the git program: commits are never checked out. One on this machine is asked directly, so a commit shows in the next
 * answer; of one elsewhere a mirror is kept. While it cannot be reached, the mirror answers.
 */
export function gitRepository(options: GitRepositoryOptions): Repository {
  const local = options.url.startsWith('file:')
  const folder = local
    ? fileURLToPath(options.url)
    : join(tmpdir(), `souk-config-${createHash('sha256').update(options.url).digest('hex').slice(0, 16)}`)
  const snapshots = new Map<string, Promise<Omit<Snapshot, 'label'>>>()
  let fetched = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const git = async (...args: string[]): Promise<Buffer> =>
    await new Promise((resolve, reject) => {
      const settings = { cwd: '/', encoding: 'buffer' as const, timeout: TIME_MS, maxBuffer: MOST_BYTES, env: ENVIRONMENT }
      execFile('git', [`--git-dir=${local ? gitDir : folder}`, ...args], settings, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      )
    })
  let gitDir = folder

  async function fetchNow(): Promise<void> {
    if (await isFolder(folder)) await git('remote', 'update', '--prune')
    else {
      const aside = `${folder}.${process.pid}`
      await rm(aside, { recursive: true, force: true })
      await mkdir(aside, { recursive: true, mode: 0o700 })
      await new Promise<void>((resolve, reject) => {
        execFile(
          'git',
          ['clone', '--quiet', '--mirror', '--', options.url, aside],
          { timeout: 3 * TIME_MS, env: ENVIRONMENT },
          (error) => (error ? reject(error) : resolve()),
        )
      })
      await rename(aside, folder).catch(() => rm(aside, { recursive: true, force: true }))
    }
    fetched = performance.now()
  }

  async function beRecent(): Promise<void> {
    if (local) {
      gitDir = (await isFolder(join(folder, '.git'))) ? join(folder, '.git') : folder
      return
    }
    if (performance.now() - fetched < options.fetchMs) return
    fetching ??= fetchNow().finally(() => {
      fetching = undefined
    })
    try {
      await fetching
    } catch (error) {
      // Its text may hold the password of the URL.
      options.log.warn(
        { code: (error as { code?: unknown }).code },
        'the repository of the configuration cannot be fetched; the copy answers',
      )
      if (!(await isFolder(folder))) throw errors.unreadable()
    }
  }

  async function snapshotOf(commit: string): Promise<Omit<Snapshot, 'label'>> {
    const listed = await git('ls-tree', '-r', '-z', '--name-only', commit)
    const files = listed
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '' && !path.split('/').some((part) => part.startsWith('.')))
    const names = new Set(files)
    const contents = new Map<string, Promise<Buffer>>()
    return {
      version: commit,
      files,
      read: async (path) => {
        if (!names.has(path)) return undefined
        const content = contents.get(path) ?? git('cat-file', 'blob', `${commit}:${path}`)
        contents.set(path, content)
        content.catch(() => contents.delete(path))
        return await content
      },
    }
  }

  return {
    async at(label) {
      await beRecent()
      const wanted = label ?? options.defaultLabel
      const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${wanted}^{commit}`).catch(
        (error: { code?: unknown; killed?: boolean }) => {
          if (error.code === 1 || error.code === 128) return undefined
          throw errors.unreadable({}, { cause: error })
        },
      )
      if (!commit) {
        if (!(await git('rev-parse', '--git-dir').catch(() => undefined))) throw errors.unreadable()
        throw errors.noSuchLabel({ label: wanted })
      }
      const id = commit.toString('utf8').trim()
      const snapshot = snapshots.get(id) ?? snapshotOf(id)
      snapshots.delete(id)
      snapshots.set(id, snapshot)
      snapshot.catch(() => snapshots.delete(id))
      const [oldest] = snapshots.size > KEPT ? snapshots.keys() : []
      if (oldest !== undefined) snapshots.delete(oldest)
      return { label: label ?? null, ...(await snapshot) }
    },
    async state() {
      await beRecent()
      const refs = await git('for-each-ref', '--format=%(objectname) %(refname)').catch((error: unknown) => {
        throw errors.unreadable({}, { cause: error })
      })
      return createHash('sha256').update(refs).digest('hex').slice(0, 40)
    },
  }
}

/** Nothing of the account that runs us decides what is read, and git never asks anybody anything. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' }

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false
