import type { Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import type { Administrator } from './first-data.ts'

export interface Opening {
  readonly port: number
  readonly only: readonly string[] | undefined
  readonly milliseconds: number
  readonly administrator: Administrator | undefined
}

/** What `start` and `serve` say when everything runs. */
export function announce(terminal: Terminal, settings: Settings, { port, only, milliseconds, administrator }: Opening): void {
  const url = `http://${settings.host === '0.0.0.0' || settings.host === '127.0.0.1' ? 'localhost' : settings.host}:${port}`
  terminal.data({ ready: true, url, port, milliseconds, pid: process.pid, administrator, ...(only ? { services: only } : {}) })
  terminal.text(
    `\n  ${only ? only.join(', ') : 'Souk'} ${only && only.length > 1 ? 'are' : 'is'} open: ${url}   (ready in ${(milliseconds / 1000).toFixed(1)} s)\n`,
  )
  if (!only && settings.webPages) {
    terminal.text(`  Shop       ${url}`)
    terminal.text(`  Admin      ${url}/admin`)
  }
  if (!only) terminal.text(`  Products   ${url}/api/products`)
  terminal.text(`  API        ${url}/swagger-ui.html`)
  terminal.text(`  Health     ${url}/actuator/health`)
  if (administrator) terminal.text(`  Sign in    ${administrator.email} / ${administrator.password}`)
  terminal.text('')
}

/** The demo data comes while the shop is open; without `milliseconds` it begins, with them it is there. */
export function announceDemo(terminal: Terminal, milliseconds?: number): void {
  terminal.data(milliseconds === undefined ? { filling: 'demo shop' } : { filled: 'demo shop', milliseconds })
  terminal.text(
    milliseconds === undefined
      ? '  Filling the demo shop: products, pictures, stock …'
      : `  The demo shop is filled (${(milliseconds / 1000).toFixed(1)} s).\n`,
  )
}
