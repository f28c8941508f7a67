/** The part of pino's interface the code uses: an object of ids first, a plain sentence second. Never personal or card data. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  /** Someone must act now. A healthy shop logs none. */
  error(fields: object, message: string): void
  child(bindings: object): Logger
}

/** For tests and one-shot commands. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
