import { hash } from 'node:crypto'

/** Weight of each version of a service; a version that is not named gets nothing. */
export type Weights = Readonly<Record<string, number>>

/**
 * Versions in the order in which this caller should get them: the first, and the others for when the first does not answer. By weighted
 * rendezvous hashing: the same caller gets the same version as long as weights stay, and when a weight grows callers only move to
 * that version. Versions of weight 0 are left out.
 */
export function rankVersions(caller: string, weights: Weights): string[] {
  return Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([version, weight]) => ({ version, score: weight / -Math.log(fractionOf(`${version} ${caller}`)) }))
    .sort((a, b) => b.score - a.score)
    .map(({ version }) => version)
}

/** Evenly spread over (0, 1), the same for the same text in every process. */
export function fractionOf(text: string): number {
  return (hash('sha256', text, 'buffer').readUIntBE(0, 6) + 0.5) / 2 ** 48
}
