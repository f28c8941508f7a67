/** Of the pools of all processes together, as long as each has enough to work. */
const POOLS = 240
const LEAST = 8
/**
 * What a process opens beside its pools: notifications, locks, the relay (docs/how-to-run-databases-apart.md), and four more where the log is in
 * PostgreSQL, as the archive of SNS and SQS is.
 */
export const BESIDE_POOLS = 9
/** commands, migrations, somebody who looks */
const OTHERS = 40

/**
 * DATABASE_CONNECTIONS of each of so many processes (`told`: what the environment says), and max_connections of the server of the folder, which all of
 * them may have open at once.
 */
export function connectionsOf(processes: number, told?: string): { readonly each: string; readonly server: number } {
  const each = told?.trim() ? told : String(Math.max(LEAST, Math.floor(POOLS / processes)))
  return { each, server: processes * (Number(each) + BESIDE_POOLS) + OTHERS }
}
