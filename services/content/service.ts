import type { Deps } from './deps.ts'
import { readingRoutes } from './routes/reading.ts'
import { writingRoutes } from './routes/writing.ts'
import { seedContent } from './seed/demo-content.ts'
import { defineService } from '#kit/service/service.ts'

export const service = defineService<Deps>({
  name: 'content',
  port: 8103,
  kind: 'crud',
  summary: 'What the shop says of itself: home page, pages, banners, menus; drafts, previews, languages.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  create: ({ db, secret }) => ({ db, previewKey: secret('content previews') }),
  routes: (deps) => [...readingRoutes(deps), ...writingRoutes(deps)],
  invariants: [
    {
      name: 'C1 what visitors see was a draft once, and is no newer than it',
      sql: `select e.entry_id from entries e where e.published_version > e.version`,
    },
    {
      name: 'C2 whatever visitors see has the name under which they see it',
      sql: `select e.entry_id from entries e where (e.published is null) <> (e.published_slug is null)`,
    },
  ],
  seed: seedContent,
})
