import { createHash } from 'node:crypto'
import type { Answer, Client, Input } from '../../../packages/client/src/client.ts'
import { orElse } from './api.server.ts'
import type { LaterWords } from './i18n/en-later.ts'

type Checked = Answer<'POST /api/delivery/addresses/validate'>
type Address = Input<'POST /api/delivery/addresses/validate'>['body']
export type AddressFormat = Answer<'GET /api/delivery/address-formats/{country}'>

/** Nothing of this is worth a wait before paying. */
const SOON = { once: true, timeoutMs: 1_500 } as const

/** What a form with an address needs to know about its country; the shop goes on without. */
export const formatFor = (api: Client, country: string): Promise<AddressFormat | undefined> =>
  orElse(api.call('GET /api/delivery/address-formats/{country}', { path: { country } }, SOON), undefined)

export interface AddressCheck {
  /** sentences beside fields; none: the address can be used */
  readonly fields: Readonly<Record<string, string>>
  /** to be sent along with the same address again, by whoever says that it is right as it is; undefined where that does not help */
  readonly insist: string | undefined
}

/** Recognises an address that was asked about; no secret. */
const markOf = (address: Address): string => createHash('sha256').update(JSON.stringify(address)).digest('base64url').slice(0, 16)

/**
 * Looks at an address before anything is sent to it. Problems stop it; doubts do once, and count no more when the same address comes again with
 * `insisted`. Nobody waits for a check that does not answer: it protects from slips, not from people.
 */
export async function checkAddress(api: Client, address: Address, insisted: string, words: LaterWords): Promise<AddressCheck> {
  const checked = await orElse<Checked | undefined>(
    api.call('POST /api/delivery/addresses/validate', { body: address }, SOON),
    undefined,
  )
  if (!checked) return { fields: {}, insist: undefined }
  const { problems, doubts, normalised } = checked
  const mark = markOf(normalised)
  const asked = problems.length === 0 && insisted === mark ? [] : doubts
  const say = (findings: readonly (Checked['problems'][number] | Checked['doubts'][number])[]) =>
    Object.fromEntries(
      findings.map(({ pointer, code, example }) => [pointer.slice(1), words.checkout.addressFindings[code](example ?? '')]),
    )
  return {
    // a problem of a field goes before a doubt about it
    fields: { ...say(asked), ...say(problems) },
    insist: problems.length === 0 && asked.length > 0 ? mark : undefined,
  }
}
