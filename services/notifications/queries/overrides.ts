import type { Query } from '#kit/db/db.ts'
import type { Language } from '../language.ts'
import type { Override } from '../rendering/render.ts'

export interface StoredOverride extends Override {
  readonly template: string
  readonly language: Language
  readonly version: number
}

export async function overrideOf(sql: Query, template: string, language: Language): Promise<StoredOverride | undefined> {
  const [row] = await sql<StoredOverride[]>`
    select o.template, o.language, o.subject, o.body, o.version from template_overrides o where o.template = ${template} and o.language = ${language}`
  return row
}

export async function allOverrides(sql: Query): Promise<StoredOverride[]> {
  return await sql<
    StoredOverride[]
  >`select o.template, o.language, o.subject, o.body, o.version from template_overrides o order by o.template, o.language`
}

/** For many messages at once: there are few overrides, or none. */
export async function overridesOf(
  sql: Query,
  asked: readonly { readonly template: string; readonly language: Language }[],
): Promise<(StoredOverride | undefined)[]> {
  const all = await allOverrides(sql)
  return asked.map(({ template, language }) => all.find((one) => one.template === template && one.language === language))
}
