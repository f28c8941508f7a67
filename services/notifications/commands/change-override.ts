import type { Tx } from '#kit/db/db.ts'
import { errors } from '../errors.ts'
import { type Language, say } from '../language.ts'
import type { StoredOverride } from '../queries/overrides.ts'
import { type Override, unknownPlaceholders } from '../rendering/render.ts'
import { templates } from '../templates.ts'

/** Puts operators' words in the place of a template's own. Throws `notifications/template-not-found`, `notifications/unknown-placeholder`. */
export async function putOverride(
  tx: Tx,
  name: string,
  language: Language,
  { subject, body }: Override,
): Promise<StoredOverride> {
  const template = templates.get(name)
  if (!template) throw errors.templateNotFound()
  const fields = Object.entries({ subject, body }).flatMap(([field, text]) =>
    unknownPlaceholders(template, say(language), [text]).map((unknown) => ({
      pointer: `/${field}`,
      message: `has {{${unknown}}}, which this template does not know`,
    })),
  )
  if (fields.length > 0) throw errors.unknownPlaceholder({}, { fields })
  const [row] = await tx<StoredOverride[]>`
    insert into template_overrides as o (template, language, subject, body) values (${name}, ${language}, ${subject}, ${body})
    on conflict (template, language) do update set subject = excluded.subject, body = excluded.body, version = o.version + 1, updated_at = now()
    returning o.template, o.language, o.subject, o.body, o.version`
  return row!
}

/** Back to the template's own words. */
export async function removeOverride(tx: Tx, name: string, language: Language): Promise<void> {
  const removed = await tx`delete from template_overrides where template = ${name} and language = ${language}`
  if (removed.count === 0) throw errors.overrideNotFound()
}
