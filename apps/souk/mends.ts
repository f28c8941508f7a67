import { DomainError } from '#kit/core/errors.ts'
import { CommandError, type ExitCode, exit } from './command.ts'

export interface Explained {
  /** what is wrong, one sentence */
  readonly message: string
  /** what to do about it */
  readonly mend: string | undefined
  readonly exitCode: ExitCode
  /** only for errors nobody expected, or when asked for */
  readonly stack: string | undefined
}

type Failure = Error & {
  code?: string
  port?: number
  address?: string
  hostname?: string
  path?: string
  dest?: string
  syscall?: string
}

/** What the operating system and PostgreSQL say by code, said so that it can be mended. */
const byCode: Record<string, (error: Failure) => readonly [message: string, mend: string]> = {
  EADDRINUSE: (error) => [
    `Port ${error.port ?? ''} is in use by another program.`,
    'Stop that one, or choose another: PORT=8081 npm start.',
  ],
  EADDRNOTAVAIL: (error) => [`This machine has no address ${error.address ?? ''}.`, 'Set HOST to one it has, or to 127.0.0.1.'],
  EACCES: (error) =>
    error.syscall === 'listen'
      ? [`Port ${error.port ?? ''} needs more rights.`, 'Choose a port above 1023: PORT=8080 npm start.']
      : [
          `${error.path ?? 'A file'} must not be read or written by this user.`,
          'Give yourself the right, or set SOUK_DIR to a folder of your own.',
        ],
  ENOENT: (error) => [`${error.path ?? 'A file'} does not exist.`, 'Check the name, and that its folder is there.'],
  EISDIR: (error) => [`${error.dest ?? error.path ?? 'This'} is a folder.`, 'Name a file.'],
  ENOTDIR: (error) => [`${error.path ?? 'The folder'} cannot be made: a part of it is a file.`, 'Set SOUK_DIR to a folder.'],
  EDQUOT: (error) => [
    `The disk quota of this user is used up${error.path ? ` (${error.path})` : ''}.`,
    'Free some space and start again; what was confirmed is safe.',
  ],
  EROFS: (error) => [`${error.path ?? 'The folder'} is on a read-only disk.`, 'Set SOUK_DIR to a folder that can be written.'],
  ENOSPC: (error) => [
    `The disk is full${error.path ? ` (${error.path})` : ''}.`,
    'Free some space and start again; what was confirmed is safe.',
  ],
  EMFILE: () => ['Too many files are open.', 'Raise the limit (ulimit -n 65536) and start again.'],
  ECONNREFUSED: (error) => [
    `Nothing answers at ${where(error)}.`,
    'Is the server running, and is the address in the setting right? `npx souk doctor` looks.',
  ],
  ENOTFOUND: (error) => [`The host ${error.hostname ?? 'of the server'} is not known.`, 'Check the address in the setting.'],
  CONNECT_TIMEOUT: (error) => [`${where(error)} does not answer in time.`, 'Check address, network and firewall.'],
  '28P01': (error) =>
    // the roles of the services have passwords that follow from the master secret; that of souk_admin stands in DATABASE_URL
    /"souk_(?!admin")/.test(error.message)
      ? [
          'The database was made with another master secret.',
          'Start with the SOUK_SECRET (or the secrets.json in SOUK_DIR) of that time; without it, sealed data cannot be read either.',
        ]
      : ['PostgreSQL refuses the password.', 'Check user and password in DATABASE_URL.'],
  '28000': () => ['PostgreSQL refuses this user.', 'Check the user in DATABASE_URL and pg_hba.conf on the server.'],
  '3D000': (error) => [`${error.message}.`, 'Create the database first, or correct the name at the end of DATABASE_URL.'],
  '42501': (error) => [
    `PostgreSQL: ${error.message}.`,
    'DATABASE_URL needs an administrator: one who may create schemas and roles.',
  ],
  '42P01': (error) => [`${error.message}.`, 'The database is not up to date: run `npx souk migrate`.'],
  MIGRATION_REFUSED: (error) => [
    error.message,
    'Stop the shop and run `npx souk migrate --stopped`, or change the file: docs/how-to-change-a-table.md.',
  ],
  '53100': () => ['The disk of the database is full.', 'Free some space there; what was confirmed is safe.'],
  '53300': () => ['PostgreSQL has no connection left.', 'Lower DATABASE_CONNECTIONS, or raise max_connections on the server.'],
  '57P03': () => ['PostgreSQL is still starting.', 'Try again in a moment.'],
  ERR_MODULE_NOT_FOUND: (error) => [firstLine(error.message), 'Is the installation complete? `npm ci` makes it so.'],
}

function where(error: Failure): string {
  const host = error.address ?? error.hostname
  return host ? `${host}${error.port ? `:${error.port}` : ''}` : 'the server'
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

/** Turns whatever was thrown into one line that says the mend. */
export function explain(error: unknown, { trace = false } = {}): Explained {
  const stack = trace && error instanceof Error ? error.stack : undefined
  if (error instanceof CommandError) return { message: error.message, mend: error.mend, exitCode: error.exitCode, stack }
  // what the database layer calls unreachable says by its cause what to mend
  const reason = error instanceof DomainError && error.kind === 'unavailable' ? findKnown(error.cause) : undefined
  if (reason) return { message: reason[0], mend: reason[1], exitCode: exit.failed, stack }
  if (error instanceof DomainError) {
    const fields = error.fields.map((field) => `${field.pointer} ${field.message}`).join(', ')
    return {
      message: `${error.message}${fields ? ` (${fields})` : ''} [${error.code}]`,
      mend: undefined,
      exitCode: exit.failed,
      stack,
    }
  }
  const known = findKnown(error)
  if (known) return { message: known[0], mend: known[1], exitCode: exit.failed, stack }
  // A plain Error of our own carries its mend in its sentence; a TypeError and the like is a fault of ours.
  if (error instanceof Error && error.name === 'Error')
    return { message: error.message, mend: undefined, exitCode: exit.failed, stack }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return {
    message: `Unexpected: ${message}`,
    mend: 'This is a fault in Souk; please report it with the stack.',
    exitCode: exit.failed,
    stack: (error as Error | undefined)?.stack,
  }
}

/** Looks through causes and AggregateErrors (Node tries IPv6 and IPv4). */
function findKnown(error: unknown, depth = 0): readonly [string, string] | undefined {
  if (!(error instanceof Error) || depth > 5) return undefined
  const failure = error as Failure & { errors?: unknown[] }
  const found = failure.code === undefined ? undefined : byCode[failure.code]?.(failure)
  if (found) return found
  for (const inner of [failure.cause, ...(failure.errors ?? [])]) {
    const deeper = findKnown(inner, depth + 1)
    if (deeper) return deeper
  }
  return undefined
}
