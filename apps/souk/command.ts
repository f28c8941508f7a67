import type { Environment } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** One `--option`. `value` names its argument in the help (`FILE`); without it the option is a switch. */
export interface Option {
  readonly summary: string
  readonly value?: string
  readonly short?: string
  /** may be given several times */
  readonly multiple?: boolean
  /** shown in the help; the command itself applies it */
  readonly default?: string
}

export type Options = Record<string, Option>

/** What the command gets for each option: text, all texts, or whether the switch was given. */
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { multiple: true }
      ? readonly string[]
      : string | undefined
    : boolean
}

/** Exit codes: what a script that calls the CLI can rely on. */
export const exit = { ok: 0, failed: 1, usage: 2, findings: 3, interrupted: 130 } as const
export type ExitCode = (typeof exit)[keyof typeof exit]

export interface CommandContext<O extends Options = Options> {
  readonly options: OptionValues<O>
  readonly arguments: readonly string[]
  /** the process environment: handed down from main.ts, the only place that reads it */
  readonly environment: Environment
  readonly terminal: Terminal
  /** folder of the installation */
  readonly root: URL
  /** aborted by SIGTERM and SIGINT */
  readonly signal: AbortSignal
}

export interface Command<O extends Options = Options> {
  /** same as the file's name */
  readonly name: string
  readonly summary: string
  /** what stands after the name: `<service…>` */
  readonly usage?: string
  /** fewest and most arguments; default none */
  readonly arguments?: readonly [number, number]
  readonly description?: string
  readonly options: O
  /** Nothing returned means `ok`. */
  readonly run: (context: CommandContext<O>) => Promise<ExitCode | undefined | void>
}

export type AnyCommand = Command<Options>

export function defineCommand<const O extends Options>(command: Command<O>): AnyCommand {
  return command as unknown as AnyCommand
}

/** A failure the user can mend: one sentence what is wrong, one what to do. No stack is shown. */
export class CommandError extends Error {
  readonly mend: string | undefined
  readonly exitCode: ExitCode

  constructor(message: string, options: { mend?: string | undefined; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CommandError'
    this.mend = options.mend
    this.exitCode = options.exitCode ?? exit.failed
  }
}

export function usageError(message: string, mend?: string): CommandError {
  return new CommandError(message, { mend, exitCode: exit.usage })
}
