/** So often an order that is open, and each part of it, is read again by itself. */
export const REFRESH_MS = 15_000
