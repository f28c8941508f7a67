import { createHash } from 'node:crypto'
import { formatDecimal } from '#kit/core/money.ts'

const script = `
for (const button of document.querySelectorAll('button')) {
  button.onclick = async () => {
    const answer = await fetch(location.pathname, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ approve: button.value === 'yes' }),
    })
    const body = await answer.json()
    document.querySelector('main').textContent = answer.ok ? 'The payment was ' + body.outcome + '.' : body.title
    const back = document.querySelector('a')
    // whoever comes back without an answer is asked again
    if (back && answer.ok) location.assign(back.href + (back.search ? '&' : '?') + 'answered=1')
  }
}`

const style =
  'body{font:16px system-ui;max-width:28rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1.2rem;margin-right:.6rem}'

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

interface Challenge {
  readonly amount: bigint
  readonly currency: string
  readonly open: boolean
  /** a path of the shop, where the shopper goes on */
  readonly back: string | undefined
}

/** A path, and no address of somebody else: a link to this page must not lead away from the shop. */
export const BACK = '^/[A-Za-z0-9?=&%._~-][A-Za-z0-9/?=&%._~-]*$'

/** The bank's question to the shopper, and the content security policy that lets just this page's own script run. */
export function challengePage(challenge: Challenge): { html: string; policy: string } {
  const amount = `${formatDecimal(challenge.amount, challenge.currency)} ${challenge.currency}`
  const question = challenge.open
    ? `<p>Do you want to pay <strong>${amount}</strong>?</p><p><button value="yes">Yes, it is me</button><button value="no">No</button></p>`
    : '<p>This challenge has already been answered.</p>'
  const back = challenge.back ? `<p><a href="${challenge.back.replaceAll('&', '&amp;')}">Back to the shop</a></p>` : ''
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simulated bank</title><style>${style}</style><h1>Simulated bank</h1><main>${question}</main>${back}<script>${script}</script></html>`,
    policy: `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'`,
  }
}
