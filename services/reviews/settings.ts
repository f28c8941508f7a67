import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  shopName: Type.String({
    minLength: 1,
    maxLength: 60,
    default: 'Souk',
    description: 'How the shop is called under its answers',
  }),
  writers: Type.Union([Type.Literal('buyers'), Type.Literal('members')], {
    default: 'buyers',
    description:
      '`buyers`: who bought a product and has got it; `members`: everybody with an account, and reviews of buyers are marked',
  }),
  publish: Type.Union([Type.Literal('rules'), Type.Literal('staff')], {
    default: 'rules',
    description: '`rules`: what no rule minds is shown at once; `staff`: everything waits for staff',
  }),
  hideAfterReports: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 3,
    description: 'A review that so many readers report is hidden until staff have looked, unless they had looked before',
  }),
  writesPerDay: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 20,
    description: 'Reviews that one account may write or change within a day',
  }),
  votesPerHour: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 120,
    description: 'Votes on reviews that one account may give within an hour',
  }),
  reportsPerDay: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 20,
    description: 'Reviews that one account may report within a day',
  }),
})
export type Settings = Static<typeof Settings>
