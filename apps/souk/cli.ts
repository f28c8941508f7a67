import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Writable } from 'node:stream'
import { type AnyCommand, CommandError, type ExitCode, exit, type Options, usageError } from './command.ts'
import { commandHelp } from './help.ts'
import { explain } from './mends.ts'
import type { Environment } from './settings.ts'
import { createTerminal, toJsonText } from './terminal.ts'

const folder = new URL('./commands/', import.meta.url)

/** Options that every command has. */
export const commonOptions: Options = {
  help: { summary: 'show this help', short: 'h' },
  json: { summary: 'answer as JSON, one document a line' },
  progress: { summary: 'show progress even when nobody seems to watch' },
  trace: { summary: 'show the stack of an unexpected error' },
}

/** Names of all commands: the files of the folder. */
export async function commandNames(): Promise<string[]> {
  const files = await readdir(folder)
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3))
    .sort()
}

/** Loads only the asked command, so that `start` does not pay for the others. The command is the one export that looks like one. */
export async function loadCommand(name: string): Promise<AnyCommand> {
  const exports: Record<string, unknown> = await import(new URL(`${name}.ts`, folder).href)
  const found = Object.values(exports).find(isCommand)
  if (!found || found.name !== name) throw new Error(`apps/souk/commands/${name}.ts must export a command named ${name}`)
  return found
}

function isCommand(value: unknown): value is AnyCommand {
  return typeof value === 'object' && value !== null && 'run' in value && 'summary' in value && 'options' in value
}

export interface CliIo {
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  environment: Environment
  signal: AbortSignal
  root: URL
}

/** Runs one command line (without node and file) and returns its exit code; every error has become a line by then. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const json = argv.includes('--json')
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (io.signal.aborted && (error as Error | undefined)?.name === 'AbortError') return exit.interrupted
    const { message, mend, exitCode, stack } = explain(error, { trace: argv.includes('--trace') })
    if (json) io.stdout.write(`${toJsonText({ error: { message, mend, exitCode } })}\n`)
    io.stderr.write(`souk: ${message}${mend ? ` ${mend}` : ''}\n${stack ? `${stack}\n` : ''}`)
    return exitCode
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const [first = 'help', ...rest] = argv[0] === '--help' || argv[0] === '-h' ? ['help', ...argv.slice(1)] : argv
  const names = await commandNames()
  if (!names.includes(first)) {
    const close = names.find((name) => isClose(first, name))
    throw usageError(`There is no command ${first}.`, close ? `Did you mean ${close}?` : 'Run `npx souk help` for the list.')
  }
  const command = await loadCommand(first)
  const { values, positionals } = parse(command, rest)
  const terminal = createTerminal({
    stdout: io.stdout,
    stderr: io.stderr,
    json: values.json === true,
    progress: values.progress === true,
  })
  if (values.help === true) {
    io.stdout.write(commandHelp(command, commonOptions))
    return exit.ok
  }
  const [fewest, most] = command.arguments ?? [0, 0]
  if (positionals.length < fewest) throw usageError(`${command.name} needs ${command.usage ?? 'an argument'}.`, helpHint(command))
  if (positionals.length > most)
    throw usageError(`${command.name} does not know what to do with ${positionals[most]}.`, helpHint(command))
  const code = await command.run({
    options: values as never,
    arguments: positionals,
    environment: io.environment,
    terminal,
    root: io.root,
    signal: io.signal,
  })
  return code ?? exit.ok
}

/** The same beginning, or the same letters in a slightly wrong order. */
function isClose(typed: string, name: string): boolean {
  const letters = (text: string) => [...text].sort().join('')
  return (typed.length > 1 && name.startsWith(typed.slice(0, 3))) || letters(typed) === letters(name)
}

const helpHint = (command: AnyCommand) => `Run \`npx souk ${command.name} --help\`.`

function parse(command: AnyCommand, argv: string[]) {
  const options = { ...commonOptions, ...command.options }
  try {
    const parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, option]) => [
          name,
          {
            type: option.value === undefined ? ('boolean' as const) : ('string' as const),
            ...(option.short ? { short: option.short } : {}),
            ...(option.multiple ? { multiple: true } : {}),
          },
        ]),
      ),
    })
    const absent = Object.entries(options).map(([name, option]) => [
      name,
      option.value === undefined ? false : option.multiple ? [] : undefined,
    ])
    return {
      values: { ...Object.fromEntries(absent), ...parsed.values } as Record<string, unknown>,
      positionals: parsed.positionals,
    }
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) {
      throw new CommandError(`${(error.message.split('. To specify')[0] ?? '').replace(/\.$/, '')}.`, {
        mend: helpHint(command),
        exitCode: exit.usage,
      })
    }
    throw error
  }
}
