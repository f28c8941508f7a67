import { isRefusal } from './api.server.ts'
import { explain } from './checkout.server.ts'
import type { Language } from './i18n/language.ts'
import { wordsOf } from './i18n/later.ts'

/** What a form shows after it was sent. */
export interface FormAnswer {
  readonly done?: string
  readonly message?: string
  readonly fields: Readonly<Record<string, string>>
}

/** Does the work of a form; a refusal of the shop becomes sentences beside the fields, anything else goes to the error page. */
export async function answered(language: Language, work: () => Promise<string | undefined>): Promise<FormAnswer> {
  try {
    const done = await work()
    return done === undefined ? { fields: {} } : { done, fields: {} }
  } catch (error) {
    if (isRefusal(error)) return explain(error, wordsOf(language))
    throw error
  }
}

export const textOf = (form: FormData, name: string): string =>
  String(form.get(name) ?? '')
    .trim()
    .slice(0, 500)
