/** Marks a test as evidence for a rule of docs/reliability.md: `npm run security` writes a row with what it tried. */
export interface Proof {
  /** I16, I25, I28 … */
  readonly id: string
  readonly trials: number
  readonly note: string
}

export function proves(task: { meta: object }, proof: Proof): void {
  Object.assign(task.meta, { proof })
}
