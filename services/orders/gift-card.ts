import { createHmac } from 'node:crypto'
import { normalisedCode } from './codes.ts'

/**
 * Gift cards: money of the shop that whoever knows the code may spend. Pure.
 * The code is derived from the card's id and a secret of the installation, so it is stored nowhere and can still be mailed again.
 */
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 80 bits as `XXXX-XXXX-XXXX-XXXX`. */
export function giftCardCodeOf(secret: Buffer, giftCardId: string): string {
  const bytes = createHmac('sha256', secret).update(`code of ${giftCardId}`).digest()
  const letters = Array.from({ length: 16 }, (_, index) => BASE32[bytes[index]! & 31])
  return letters.join('').replace(/(.{4})(?!$)/g, '$1-')
}

/** What is stored of a code: enough to recognise it, too little to write it down. Letters that look like digits count as digits. */
export function giftCardHash(secret: Buffer, code: string): string {
  const plain = normalisedCode(code).replaceAll('-', '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return createHmac('sha256', secret).update(`hash of ${plain}`).digest('base64url')
}

export interface UsableCard {
  readonly id: string
  readonly lastFour: string
  readonly balance: bigint
}

/** Pays `total` from the cards, in the order they were given; cards that are not needed stay as they are. */
export function drawFrom<Card extends UsableCard>(cards: readonly Card[], total: bigint): { card: Card; amount: bigint }[] {
  let open = total
  const drawn: { card: Card; amount: bigint }[] = []
  for (const card of cards) {
    const amount = card.balance < open ? card.balance : open
    if (amount <= 0n) continue
    drawn.push({ card, amount })
    open -= amount
  }
  return drawn
}
