import Type from 'typebox'

/** Address of a page, name of anything else. */
export const Slug = Type.String({ minLength: 1, maxLength: 80, pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' })
