import { givenMail } from '../template.ts'
import { sampleAccount } from './sample.ts'

/** Words that staff wrote, in the shop's frame. */
export const freeText = givenMail<{ subject: string; text: string }>()(
  'message',
  'A message that staff wrote.',
  {},
  ({ shop, name, data }) => ({
    subject: data.subject,
    preheader: data.text.split('\n')[0]!.slice(0, 140),
    heading: data.subject,
    intro: data.text.split(/\n\s*\n/).map((paragraph) => paragraph.trim()),
    blocks: [],
    variables: { shop: shop.name, name },
  }),
  sampleAccount({ subject: 'About your question', text: 'Yes, the glasses are dishwasher safe.\n\nKind regards,\nyour team' }),
)
