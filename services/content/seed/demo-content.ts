import { createEntry, publishEntry } from '../commands/save-entry.ts'
import type { Deps } from '../deps.ts'
import type { Document } from '../documents.ts'
import { banner, footer, header, home } from './front.ts'
import { pages } from './pages.ts'

/** Everything the demo shop says of itself, by name. */
const demoContent: Readonly<Record<string, Document>> = { home, 'winter-glazes': banner, header, footer, ...pages }

/** Writes and publishes what the demo shop says of itself. What is there already stays as it is. */
export async function seedContent({ db }: Deps): Promise<void> {
  for (const [slug, document] of Object.entries(demoContent)) {
    await db.tx(async (tx) => {
      const [known] = await tx`select 1 from entries where kind = ${document.kind} and ${slug} in (slug, published_slug)`
      if (known) return
      const { id, version } = await createEntry(tx, { slug, document })
      await publishEntry(tx, id, version)
    })
  }
}
