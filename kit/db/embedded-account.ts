import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** The unprivileged operating system user that PostgreSQL runs as when the host itself is root. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Users tried in this order; a machine that wants a dedicated one creates `souk`. */
const candidates = ['souk', 'postgres', 'nobody']

/**
 * Who has to run PostgreSQL: undefined means "as we are" (not root, or no such notion). PostgreSQL refuses root.
 * Existing data keeps its owner, so a `postgres` user that appears later does not lock us out.
 */
export async function accountFor(dir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const folder of [dir, reachablePlaceFor(dir)]) {
    const owner = await stat(path.join(folder, 'data')).catch(() => undefined)
    if (owner && owner.uid !== 0) return { name: String(owner.uid), uid: owner.uid, gid: owner.gid }
  }
  const users = new Map<string, Account>()
  for (const line of (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name && Number(uid) > 0) users.set(name, { name, uid: Number(uid), gid: Number(gid) })
  }
  for (const name of candidates) {
    const account = users.get(name)
    if (account) return account
  }
  return { name: '65534', uid: 65534, gid: 65534 }
}

/** The first folder on the way to `target` that `account` cannot pass through; undefined when it can reach it. */
export async function firstBarrier(target: string, account: Account): Promise<string | undefined> {
  const resolved = path.resolve(target)
  const parents: string[] = []
  for (let folder = resolved; folder !== path.dirname(folder); folder = path.dirname(folder)) parents.unshift(folder)
  for (const folder of parents) {
    const found = await stat(folder).catch(() => undefined)
    if (!found) return undefined
    const pass = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
    if (!(found.mode & pass)) return folder
  }
  return undefined
}

/**
 * The folder to work in: `dir`, or, when we are root and `dir` lies behind a private folder such as /root, one under
 * /var/lib/souk named after it (the same `dir` always leads to the same place). It stays root's, so that the server's user
 * cannot lay links where root writes; only `data` in it is handed over.
 */
export async function prepareFolder(dir: string, account: Account | undefined): Promise<string> {
  await mkdir(dir, { recursive: true })
  if (!account) return dir
  let barrier: string | undefined
  for (const folder of [dir, reachablePlaceFor(dir)]) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o755)
    barrier = await firstBarrier(folder, account)
    if (!barrier) return folder
  }
  throw new Error(
    `PostgreSQL may not run as root and the user it runs as instead ("${account.name}") cannot enter ${barrier}. ` +
      `Start Souk as an ordinary user, or allow passing through with: chmod o+x ${barrier}`,
  )
}

/** Where data moves to when `dir` cannot be reached by an unprivileged user; only root ever needs it. */
export function reachablePlaceFor(dir: string): string {
  return path.join('/var/lib/souk', createHash('sha256').update(path.resolve(dir)).digest('hex').slice(0, 12))
}
