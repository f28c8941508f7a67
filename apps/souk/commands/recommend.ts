import { recommendationsRpc } from '#contracts/rpc/recommendations.ts'
import { CommandError, defineCommand, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

/** What the answer promises: this many times the hit-rate of popularity. */
const ratio = (model: number, popularity: number): number | null =>
  popularity === 0 ? null : Math.round((model / popularity) * 1000) / 1000

export const recommend = defineCommand({
  name: 'recommend',
  summary: 'Measures recommendations on what customers bought.',
  usage: 'evaluate --split DATE',
  description: `evaluate  trains a model on all purchases before the day, recommends ten products to every customer who bought before and after it,
              and compares them with what the customer bought from then on; beside it the same for the ten most bought products`,
  arguments: [1, 1],
  options: {
    split: { summary: 'first day of the time that is hidden, like 2011-07-01 (UTC)', value: 'DATE' },
    until: { summary: 'first day that does not count any more; default: to the end', value: 'DATE' },
  },
  async run(context) {
    const { terminal, options } = context
    const [what = ''] = context.arguments
    if (what !== 'evaluate') throw usageError(`recommend cannot ${what}.`, 'It can evaluate.')
    const split = dayOf('--split', options.split)
    if (split === null) throw usageError('evaluate needs --split.', 'For example --split 2011-07-01.')
    const until = dayOf('--until', options.until)
    if (until !== null && until <= split) throw usageError('--until must be after --split.')
    const found = await withPlatform(
      context,
      async ({ host }) => host.rpc.client(recommendationsRpc, 'host').evaluate({ split, until }),
      { part: 'recommend', timeouts: { statement: 120_000 } },
    )
    const { discoveries, withRepeats, first, last } = found
    if (first === null)
      throw new CommandError('No purchases are known.', { mend: '`npx souk import online-retail FILE` brings some.' })
    if (discoveries.users === 0 && withRepeats.users === 0)
      throw new CommandError(`No customer bought before and after ${split}.`, {
        mend: `Purchases are known from ${first} to ${last}.`,
      })
    const { model, popularity, users } = discoveries
    terminal.data({
      hitRateAt10: model.hitRateAt10,
      popularityHitRateAt10: popularity.hitRateAt10,
      ratio: ratio(model.hitRateAt10, popularity.hitRateAt10),
      ndcgAt10: model.ndcgAt10,
      popularityNdcgAt10: popularity.ndcgAt10,
      coverage: model.coverage,
      users,
      split,
      until,
      ...found,
    })
    terminal.text(
      `Trained on ${found.purchasesBefore} purchases from ${first} to ${split}, measured on ${found.purchasesAfter} from then to ${until ?? last}.`,
    )
    for (const [title, { users: of, ...ways }] of [
      ['what customers had not bought before', discoveries],
      ['everything they bought', withRepeats],
    ] as const) {
      terminal.text(`\n${title}, ${of} customers`)
      terminal.text(
        `${''.padEnd(22)}${['hit-rate@10', 'ratio', 'with a hit', 'NDCG@10', 'coverage'].map((head) => head.padStart(13)).join('')}`,
      )
      for (const [name, way] of [
        ['model', ways.model],
        ['most popular', ways.popularity],
        ['most popular lately', ways.recentPopularity],
      ] as const)
        terminal.text(
          `${name.padEnd(22)}${[
            way.hitRateAt10.toFixed(4),
            ratio(way.hitRateAt10, ways.popularity.hitRateAt10)?.toFixed(2) ?? '–',
            way.usersHitAt10.toFixed(4),
            way.ndcgAt10.toFixed(4),
            way.coverage.toFixed(4),
          ]
            .map((cell) => cell.padStart(13))
            .join('')}`,
        )
    }
  },
})

function dayOf(option: string, text: string | undefined): string | null {
  if (text === undefined) return null
  const time = Date.parse(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw usageError(`${option} ${text} is not a day.`, 'A day is written like 2011-07-01.')
  return text
}
