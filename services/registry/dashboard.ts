import type { Entry } from './entry.ts'
import type { Census } from './store.ts'
import { escaped } from './xml.ts'

export interface DashboardFacts {
  readonly entries: readonly Entry[]
  readonly census: Census
  readonly renewals: { readonly lastMinute: number; readonly expected: number }
  /** false while the database does not answer */
  readonly stored: boolean
  /** epoch milliseconds */
  readonly now: number
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } p { margin: 0 0 1rem }
table { border-collapse: collapse; width: 100% } .scroll { overflow-x: auto }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); vertical-align: top }
th { font-weight: 600 } td:nth-child(6) { white-space: nowrap }
.status { font-weight: 600 } .UP { color: light-dark(#116329, #57ab5a) } .DOWN, .OUT_OF_SERVICE { color: light-dark(#b3261e, #ff938a) }
.note { border: 1px solid; border-radius: .5rem; padding: .75rem 1rem }`

/** The registry as a page: no script, every text escaped. */
export function dashboardPage(facts: DashboardFacts): string {
  const { entries, census, renewals, stored } = facts
  const applications = new Set(entries.map(({ registration }) => registration.app)).size
  const notes = [
    census.preserving
      ? `${census.silent} of ${census.total} instances are silent at once. The network is the likelier reason, so nobody is removed until they renew again.`
      : '',
    stored ? '' : 'The database does not answer. The fleet goes on in memory, and nobody is removed.',
  ].filter((note) => note !== '')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="10">
<title>Registry – Souk</title><style>${STYLE}</style></head><body><main>
<h1>Registry</h1>
<p>${entries.length} instances of ${applications} applications · ${renewals.lastMinute} renewals in the last minute, ${renewals.expected} expected</p>
${notes.map((note) => `<p class="note" role="status">${escaped(note)}</p>`).join('\n')}
${entries.length === 0 ? EMPTY : table(facts)}
</main></body></html>`
}

const EMPTY = '<p>Nobody has registered yet. Clients register at <code>/eureka</code>.</p>'

function table({ entries, now }: DashboardFacts): string {
  return `<div class="scroll"><table>
<thead><tr><th scope="col">Application</th><th scope="col">Instance</th><th scope="col">Status</th><th scope="col">Address</th><th scope="col">Version</th><th scope="col">Renewed</th></tr></thead>
<tbody>
${entries.map((entry) => row(entry, now)).join('\n')}
</tbody></table></div>`
}

function row({ registration, status, overridden, renewedAt }: Entry, now: number): string {
  const { app, instanceId, hostName, port, securePort, metadata } = registration
  const address = port.enabled || !securePort.enabled ? `${hostName}:${port.port}` : `${hostName}:${securePort.port} (TLS)`
  const decided = overridden === 'UNKNOWN' ? '' : ' by an operator'
  const cells = [
    escaped(app),
    escaped(instanceId),
    `<span class="status ${status}">${status}</span>${decided}`,
    escaped(address),
    escaped(metadata['version'] ?? '–'),
    `${Math.max(0, Math.round((now - renewedAt) / 1000))} s ago`,
  ]
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}
