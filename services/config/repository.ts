import { errors } from './errors.ts'

/** The repository as it was at one moment. */
export interface Snapshot {
  /** as it was asked for; null: nobody named one */
  readonly label: string | null
  /** commit, or a hash of all files */
  readonly version: string
  /** names of all files, with `/` between folders */
  readonly files: readonly string[]
  /** undefined: there is no such file */
  read(path: string): Promise<Buffer | undefined>
}

/** Where configuration is kept. */
export interface Repository {
  /** Throws `config/no-such-label`, and `config/unreadable` when it cannot be read at all. */
  at(label: string | undefined): Promise<Snapshot>
  /** Another one when anything has changed, under whatever label. */
  state(): Promise<string>
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const LABEL = /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}$/

/** One or several names with commas between. Throws `config/invalid-name`. */
export function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.length > 20 || names.some((name) => !NAME.test(name) || name.includes('..'))) throw errors.invalidName()
  return names
}

/** A label as it stands in a path: a slash of its own is written `(_)`. */
export function labelOf(text: string): string {
  const label = text.replaceAll('(_)', '/')
  if (text.includes('/') || !LABEL.test(label) || label.includes('..')) throw errors.invalidName()
  return label
}

/** A path that leads to a file of the repository and nowhere else: no dots that climb, nothing hidden. Throws `config/no-such-file`. */
export function filePath(text: string): string {
  const parts = text.split('/')
  const odd = parts.some((part) => part === '' || part.startsWith('.') || /[\\\p{C}]/u.test(part))
  if (odd || text.length > 400) throw errors.noSuchFile()
  return parts.join('/')
}

/** A repository for shops that have none: every environment is empty. */
export const emptyRepository: Repository = {
  at: async (label) => ({ label: label ?? null, version: 'empty', files: [], read: async () => undefined }),
  state: async () => 'empty',
}
