/** What operators say, and the record of who said it. */
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Query } from '#kit/db/db.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'
import { wordsOf } from '../words.ts'

const LONGEST_PHRASE = 3

export interface Synonym {
  readonly id: string
  readonly locale: string
  readonly words: readonly string[]
  readonly finds: readonly string[]
}
export interface Rule {
  readonly id: string
  readonly channel: string | null
  readonly locale: string | null
  readonly query: string
  readonly productId: string
  readonly kind: 'pin' | 'boost' | 'bury'
  readonly position: number | null
}
type Written<T> = Omit<T, 'id'>

function phrases(written: readonly string[], pointer: string): string[] {
  const cut = written.map(wordsOf)
  const wrong = cut.findIndex((words) => words.length === 0 || words.length > LONGEST_PHRASE)
  if (wrong >= 0)
    throw errors.noWords({}, { fields: [{ pointer: `/${pointer}/${wrong}`, message: 'must have one to three words' }] })
  return [...new Set(cut.map((words) => words.join(' ')))]
}

export async function saveSynonym(tx: Query, by: Principal, id: string | undefined, input: Written<Synonym>): Promise<Synonym> {
  const saved: Synonym = {
    id: id ?? uuidv7(),
    locale: input.locale,
    words: phrases(input.words, 'words'),
    finds: phrases(input.finds, 'finds'),
  }
  if (saved.words.length < 2 && saved.finds.length === 0) throw errors.tooFewWords()
  const before = id === undefined ? null : await synonym(tx, id)
  await tx`
    insert into synonyms as s (id, locale, words, finds) values (${saved.id}, ${saved.locale}, ${saved.words as string[]}, ${saved.finds as string[]})
        on conflict (id) do update set locale = excluded.locale, words = excluded.words, finds = excluded.finds, version = s.version + 1, updated_at = now()`
  await note(tx, by, 'synonym', saved.id, before, saved)
  return saved
}

export async function deleteSynonym(tx: Query, by: Principal, id: string): Promise<void> {
  const before = await synonym(tx, id)
  await tx`delete from synonyms where id = ${id}`
  await note(tx, by, 'synonym', id, before, null)
}

async function synonym(tx: Query, id: string): Promise<Synonym> {
  const [row] = await tx<Synonym[]>`select s.id, s.locale, s.words, s.finds from synonyms s where s.id = ${id} for update`
  if (!row) throw errors.noSuchSynonym()
  return row
}

/** An empty question means every question, also none at all. */
export async function saveRule(tx: Query, by: Principal, id: string | undefined, input: Written<Rule>): Promise<Rule> {
  const query = wordsOf(input.query).join(' ')
  const saved: Rule = { ...input, id: id ?? uuidv7(), query, position: input.kind === 'pin' ? (input.position ?? 1) : null }
  const before = id === undefined ? null : await rule(tx, id)
  await tx`
    insert into rules as r (id, channel, locale, query, product_id, kind, position)
    values (${saved.id}, ${saved.channel}, ${saved.locale}, ${query}, ${saved.productId}, ${saved.kind}, ${saved.position})
        on conflict (id) do update
       set channel = excluded.channel, locale = excluded.locale, query = excluded.query, product_id = excluded.product_id, kind = excluded.kind,
           position = excluded.position, version = r.version + 1, updated_at = now()`.catch((error: unknown) => {
    throw isUniqueViolation(error) ? errors.ruleExists() : error
  })
  await note(tx, by, 'rule', saved.id, before, saved)
  return saved
}

export async function deleteRule(tx: Query, by: Principal, id: string): Promise<void> {
  const before = await rule(tx, id)
  await tx`delete from rules where id = ${id}`
  await note(tx, by, 'rule', id, before, null)
}

async function rule(tx: Query, id: string): Promise<Rule> {
  const [row] = await tx<Rule[]>`
    select r.id, r.channel, r.locale, r.query, r.product_id as "productId", r.kind, r.position from rules r where r.id = ${id} for update`
  if (!row) throw errors.noSuchRule()
  return row
}

async function note(
  tx: Query,
  by: Principal,
  subject: 'synonym' | 'rule',
  id: string,
  before: unknown,
  after: unknown,
): Promise<void> {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  await tx`
    insert into edits (id, by, subject, subject_id, before, after)
    values (${uuidv7()}, ${by.kind === 'user' ? by.id : null}, ${subject}, ${id}, ${json(before)}::text::jsonb, ${json(after)}::text::jsonb)`
}
