export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** How bad a level is, as in pino. */
export const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 }

/** The part of pino's interface the code uses: an object of ids first, a plain sentence second. Never personal or card data. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  /** Someone must act now. A healthy shop logs none. */
  error(fields: object, message: string): void
  child(bindings: object): Logger
  /** From now on; also for the children. */
  setLevel?(level: LogLevel): void
  /**
   * A writer for one kind of line that is written thousands of times a second: `fixed` is cleaned once, the rest at every line, by the
   * same rules. Fields of both are flat: texts, numbers and booleans; undefined ones are left out. Loggers without it get `info`.
   */
  prepared?(fixed: FlatFields, message: string): (fields: FlatFields) => void
}

export type FlatFields = Readonly<Record<string, string | number | boolean | undefined>>

/** For tests and one-shot commands. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
