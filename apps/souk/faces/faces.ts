import type { Pages } from '#kit/http/pages.ts'
import { pathOf } from '#kit/http/problem.ts'
import type { Logger } from '#kit/service/logger.ts'
import { type AdminOptions, buildAdmin, openAdmin } from './admin.ts'
import { buildStorefront, openStorefront } from './storefront.ts'

/** All web pages of the shop: whoever of them owns an address answers there. */
export function openFaces(options: AdminOptions): Pages {
  const faces = [openAdmin(options), openStorefront(options)]
  const ownerOf = (path: string) => faces.find((face) => face.owns(path))
  return {
    owns: (path) => ownerOf(path) !== undefined,
    file: (request, reply) => ownerOf(pathOf(request.url))?.file(request, reply) ?? false,
    bodyLimit: (request) => ownerOf(pathOf(request.url))?.bodyLimit?.(request),
    aside: (request) => ownerOf(pathOf(request.url))?.aside?.(request) ?? false,
    answer: async (request, reply) => await ownerOf(pathOf(request.url))?.answer(request, reply),
  }
}

/** One after the other: two builds at once would only fight for the processor. */
export async function buildFaces(log: Logger): Promise<void> {
  await buildStorefront(log)
  await buildAdmin(log)
}
