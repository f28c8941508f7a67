import type { Answer } from '../../../../packages/client/src/client.ts'

export type Entry = Answer<'GET /api/content/entries/{id}'>
export type Document = Entry['draft']
export type Kind = Document['kind']
export type DocumentOf<K extends Kind> = Extract<Document, { kind: K }>
export type Section = DocumentOf<'home'>['sections'][number]

export const KINDS = ['page', 'banner', 'menu', 'home'] as const
export const SECTION_TYPES = ['hero', 'products', 'categories', 'recommended', 'text', 'points'] as const

export const sectionNames: Readonly<Record<Section['type'], string>> = {
  hero: 'Hero',
  products: 'Row of products',
  categories: 'Departments',
  recommended: 'Recommendations',
  text: 'Text',
  points: 'Points',
}

export function newDocument(kind: Kind, title: string): Document {
  switch (kind) {
    case 'page':
      return { kind, texts: { en: { title, description: '', body: '' } } }
    case 'banner':
      return { kind, to: null, from: null, until: null, texts: { en: { text: title } } }
    case 'menu':
      return { kind, items: [] }
    case 'home':
      return { kind, sections: [newSection('hero', title), newSection('products', 'New in the shop')] }
  }
}

export function newSection(type: Section['type'], title: string): Section {
  switch (type) {
    case 'hero':
      return { type, to: '/products', texts: { en: { title, text: '', label: 'Look around' } } }
    case 'products':
      return { type, category: null, sort: 'newest', limit: 8, texts: { en: { title } } }
    case 'categories':
      return { type, texts: { en: { title } } }
    case 'recommended':
      return { type }
    case 'text':
      return { type, texts: { en: { title, body: '' } } }
    case 'points':
      return { type, points: [{ texts: { en: { title, text: '' } } }] }
  }
}
