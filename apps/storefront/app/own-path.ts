/** Only a path of this shop: a link from a stranger must not lead to another one. */
export const ownPath = (to: string | null, otherwise: string): string => (to && /^\/(?![/\\])[^\s\\]*$/.test(to) ? to : otherwise)
