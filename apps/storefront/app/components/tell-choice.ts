/**
 * Searches get better by what is chosen from them; the page that is being left does not wait for it.
 * @param q as the shopper typed it
 * @param position of the product among those that were shown, counted from 1
 */
export function tellChoice(q: string, productId: string, position: number): void {
  navigator.sendBeacon('/search/click', new URLSearchParams({ q, productId, position: String(position) }))
}
