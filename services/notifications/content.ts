/** A piece of a message. Texts are plain: whoever renders them escapes them. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hint'; readonly text: string }
  | { readonly kind: 'quote'; readonly text: string }
  /** something to be typed or copied */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'button'; readonly label: string; readonly url: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  | {
      readonly kind: 'lines'
      readonly lines: readonly ContentLine[]
      readonly totals: readonly (readonly [label: string, amount: string])[]
    }
  | { readonly kind: 'address'; readonly title: string; readonly lines: readonly string[] }
  /** how far something is: the first `done` steps lie behind */
  | { readonly kind: 'progress'; readonly steps: readonly string[]; readonly done: number }

export interface ContentLine {
  readonly title: string
  readonly detail: string
  readonly amount: string
}

/** A message in one language, before it takes the form of HTML or text. */
export interface Content {
  /** one line */
  readonly subject: string
  /** what inboxes show beside the subject; also the text of an SMS */
  readonly preheader: string
  readonly heading: string
  /** the opening; operators may put their own words here */
  readonly intro: readonly string[]
  readonly blocks: readonly Block[]
  /** what operators' own words may name: `{{number}}` */
  readonly variables: Readonly<Record<string, string>>
}

/** Nothing in a subject or an address line may become a header. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
