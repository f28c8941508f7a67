import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('content', {
  notFound: ['not-found', 'There is no such page.'],
  noSuchEntry: ['not-found', 'There is no such entry.'],
  slugTaken: ['conflict', 'Another entry of this kind has this name.'],
  otherKind: ['rule', 'An entry stays what it is: a page, a banner, a menu or the home page.'],
  noDefaultLanguage: ['rule', 'Write it in English at least: that is what everybody sees whose language is missing.'],
  endsBeforeItBegins: ['rule', 'It would end before it begins.'],
  versionConflict: ['precondition-failed', 'Somebody else changed it in the meantime: load it again.'],
})
