/** A guard taken away: a change of one place in the source that a test must notice. */
export interface Mutant {
  /** the rule it breaks and how, like `I1 stock check` */
  readonly name: string
  /** file of the source, from the root */
  readonly file: string
  /** stands exactly once in the file */
  readonly search: string
  readonly replace: string
  /** test files (or folders) that have to go red */
  readonly test: string
}
