import { type Document, faultOf, HOME } from '../documents.ts'
import { errors } from '../errors.ts'
import { type Entry, entryById } from '../queries/entries.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'

export interface EntryInput {
  readonly slug: string
  readonly document: Document
}

function requireSound(document: Document): void {
  const fault = faultOf(document)
  if (fault) throw errors[fault]()
}

/** There is one home page. */
const nameOf = ({ slug, document }: EntryInput): string => (document.kind === 'home' ? HOME : slug)

/** Two entries of a kind with one name: the index decides. */
function explain(error: unknown): never {
  if ((error as { code?: string }).code === '23505') throw errors.slugTaken()
  throw error
}

/** Writes a new draft; nobody sees it yet. Throws `content/slug-taken` and what is wrong with the document. */
export async function createEntry(tx: Tx, input: EntryInput): Promise<Entry> {
  const { document } = input
  requireSound(document)
  const id = uuidv7()
  await tx`
    insert into entries (entry_id, kind, slug, draft) values (${id}, ${document.kind}, ${nameOf(input)}, ${JSON.stringify(document)}::text::jsonb)`.catch(
    explain,
  )
  return (await entryById(tx, id))!
}

/** The entry under its lock, if it still is what the writer saw. Throws `content/no-such-entry`, `content/version-conflict`. */
async function locked(tx: Tx, id: string, expected: number | undefined): Promise<Entry> {
  await tx`select 1 from entries where entry_id = ${id} for update`
  const before = await entryById(tx, id)
  if (!before) throw errors.noSuchEntry()
  if (expected !== undefined && expected !== before.version) throw errors.versionConflict({ expected, actual: before.version })
  return before
}

/** Replaces the draft; visitors see what they saw, at the address at which they saw it. */
export async function updateEntry(tx: Tx, id: string, input: EntryInput, expected: number | undefined): Promise<Entry> {
  const { document } = input
  requireSound(document)
  const before = await locked(tx, id, expected)
  if (before.kind !== document.kind) throw errors.otherKind()
  await tx`
    update entries set slug = ${nameOf(input)}, draft = ${JSON.stringify(document)}::text::jsonb, version = version + 1, updated_at = now()
     where entry_id = ${id}`.catch(explain)
  return (await entryById(tx, id))!
}

/** Visitors see the draft from now on, under its name. Throws `content/slug-taken` while another entry is seen under it. */
export async function publishEntry(tx: Tx, id: string, expected: number | undefined): Promise<Entry> {
  await locked(tx, id, expected)
  await tx`
    update entries set published = draft, published_slug = slug, published_version = version + 1, version = version + 1,
           published_at = now(), updated_at = now()
     where entry_id = ${id}`.catch(explain)
  return (await entryById(tx, id))!
}

/** Visitors do not see it any more; the draft stays. */
export async function withdrawEntry(tx: Tx, id: string, expected: number | undefined): Promise<Entry> {
  await locked(tx, id, expected)
  await tx`
    update entries set published = null, published_slug = null, published_version = null, published_at = null, version = version + 1, updated_at = now()
     where entry_id = ${id}`
  return (await entryById(tx, id))!
}

export async function deleteEntry(tx: Tx, id: string, expected: number | undefined): Promise<void> {
  await locked(tx, id, expected)
  await tx`delete from entries where entry_id = ${id}`
}
