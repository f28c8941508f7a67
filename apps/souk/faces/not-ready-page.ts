import type { FastifyReply } from 'fastify'

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Souk is opening</title>
<style>body{font:1.125rem/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:90vh;text-align:center;background:#fbf7f0;color:#23202b}
svg{width:5rem;margin:auto;color:#2d3a7c}</style>
<svg viewBox="0 0 38 42" aria-hidden="true"><path fill="currentColor" d="M2 42V19a17 17 0 0 1 34 0v23h-8V20a9 9 0 0 0-18 0v22z"/><circle cx="19" cy="20" r="4.2" fill="#e0a526"/></svg>
<h1>The shop is opening</h1><p>Its pages are being built, once after a change. This page looks again by itself.</p></html>`

/** Shown while the files of a face are being made. */
export function notReadyPage(reply: FastifyReply): void {
  reply
    .code(503)
    .header('retry-after', '2')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(PAGE)
}
