import { uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { errors } from '../errors.ts'
import type { Titles } from '../shapes.ts'
import { foldWords } from '../words.ts'

export interface ForbiddenWord {
  id: string
  word: string
  addedAt: Date
}

export const listWords = (sql: Query) =>
  sql<ForbiddenWord[]>`select w.id, w.word, w.added_at as "addedAt" from forbidden_words w order by w.word`

/** A word, or several in a row, that sends a review to staff. Kept as it is compared: without capitals and accents. */
export async function addWord(tx: Tx, written: string): Promise<ForbiddenWord> {
  const word = foldWords(written).join(' ')
  if (word === '') throw errors.tooShort({}, { fields: [{ pointer: '/word', message: 'has no letters' }] })
  const [row] = await tx<ForbiddenWord[]>`
    insert into forbidden_words (id, word) values (${uuidv7()}, ${word}) on conflict (word) do nothing returning id, word, added_at as "addedAt"`
  if (!row) throw errors.wordTaken()
  return row
}

export async function removeWord(tx: Tx, id: string): Promise<void> {
  const gone = await tx`delete from forbidden_words where id = ${id}`
  if (gone.count === 0) throw errors.noSuchWord()
}

export interface Tag {
  key: string
  titles: Titles
  position: number
}

export const listTags = (sql: Query) => sql<Tag[]>`select t.key, t.titles, t.position from tags t order by t.position, t.key`

export async function saveTag(tx: Query, { key, titles, position }: Tag): Promise<Tag> {
  const [row] = await tx<Tag[]>`
    insert into tags (key, titles, position) values (${key}, ${JSON.stringify(titles)}::text::jsonb, ${position})
        on conflict (key) do update set titles = excluded.titles, position = excluded.position returning key, titles, position`
  return row!
}

/** Reviews lose it too: nothing is shown or found by a tag that is gone. */
export async function removeTag(tx: Tx, key: string): Promise<void> {
  const gone = await tx`delete from tags where key = ${key}`
  if (gone.count === 0) throw errors.noSuchTag()
  await tx`update reviews r set tags = array_remove(r.tags, ${key}) where ${key} = any (r.tags)`
}

const FIRST_TAGS: readonly Tag[] = [
  { key: 'good-quality', titles: { en: 'Good quality', de: 'Gute Qualität' }, position: 1 },
  { key: 'good-value', titles: { en: 'Worth its price', de: 'Preis passt' }, position: 2 },
  { key: 'as-described', titles: { en: 'As described', de: 'Wie beschrieben' }, position: 3 },
  { key: 'good-gift', titles: { en: 'A good gift', de: 'Gutes Geschenk' }, position: 4 },
  { key: 'well-packed', titles: { en: 'Well packed', de: 'Gut verpackt' }, position: 5 },
]

/** Tags of a fresh installation. */
export async function firstTags(sql: Query): Promise<void> {
  const [there] = await sql`select 1 from tags union all select 1 from reviews limit 1`
  if (there) return
  for (const tag of FIRST_TAGS) await saveTag(sql, tag)
}
