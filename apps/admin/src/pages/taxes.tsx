import { useQuery } from '@tanstack/react-query'
import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Words } from '../parts/select.tsx'
import { Panel } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

const PERMISSION = 'products:write'
type Class = Item<'GET /api/tax-classes'>
type Zone = Item<'GET /api/tax-zones'>

/** What is taxed how, and where. */
export function Taxes() {
  const { data, error, refetch } = useQuery({
    queryKey: ['taxes'],
    queryFn: async () => {
      const [classes, zones] = await Promise.all([api.call('GET /api/tax-classes'), api.call('GET /api/tax-zones')])
      return { classes: classes.items, zones: zones.items }
    },
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const { classes, zones } = data
  return (
    <div className="stack">
      <h1>Taxes</h1>
      <Panel title="Zones and rates" actions={<ChangeZone classes={classes} />}>
        {zones.length === 0 ? <p className="soft">No zone yet: nothing is taxed.</p> : null}
        <Wide label="Zones">
          <table className="plain">
            <thead>
              <tr>
                <th>Zone</th>
                <th>Countries</th>
                {classes.map(({ key, name }) => (
                  <th key={key} className="end">
                    {name}
                  </th>
                ))}
                <th>To do</th>
              </tr>
            </thead>
            <tbody>
              {zones.map((zone) => (
                <tr key={zone.key}>
                  <th scope="row">{zone.name}</th>
                  <td>{zone.countries.join(', ')}</td>
                  {classes.map(({ key }) => (
                    <td key={key} className="end">
                      {percent(zone.rates[key])}
                    </td>
                  ))}
                  <td>
                    <span className="row">
                      <ChangeZone classes={classes} zone={zone} />
                      <Action
                        name="Delete"
                        permission={PERMISSION}
                        confirm={`Orders to ${zone.countries.join(', ') || 'this zone'} are not taxed any more.`}
                        run={() => api.call('DELETE /api/tax-zones/{key}', { path: { key: zone.key } })}
                      />
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      </Panel>
      <Panel title="Classes of goods" actions={<ChangeClass />}>
        <ul className="stack">
          {classes.map((one) => (
            <li key={one.key} className="spread">
              <span>
                {one.name} <span className="soft small">{one.key}</span>
              </span>
              <span className="row">
                <ChangeClass one={one} />
                <Action
                  name="Delete"
                  permission={PERMISSION}
                  confirm="Only a class that no product uses can go."
                  run={() => api.call('DELETE /api/tax-classes/{key}', { path: { key: one.key } })}
                />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  )
}

const percent = (basisPoints: number | undefined): string => (basisPoints === undefined ? '–' : `${basisPoints / 100} %`)

/** `19` or `7.5`, in percent, to basis points; undefined: no rate. */
function basisPoints(text: string): number | undefined {
  if (text.trim() === '') return undefined
  const value = Math.round(Number(text.replace(',', '.')) * 100)
  if (!Number.isSafeInteger(value)) throw new RangeError('A rate is a number of percent.')
  return value
}

function ChangeClass({ one }: { one?: Class }) {
  return (
    <Action
      name={one ? 'Rename' : 'New class'}
      permission={PERMISSION}
      run={(form) =>
        api.call('PUT /api/tax-classes/{key}', {
          path: { key: one?.key ?? String(form.get('key')) },
          body: { name: String(form.get('name')) },
        })
      }
    >
      {one ? null : <Field label="Key, in small letters" name="key" required maxLength={60} pattern="[a-z0-9][a-z0-9\-]*" />}
      <Field label="Name" name="name" required maxLength={200} defaultValue={one?.name} />
    </Action>
  )
}

function ChangeZone({ zone, classes }: { zone?: Zone; classes: readonly Class[] }) {
  return (
    <Action
      name={zone ? 'Change' : 'New zone'}
      permission={PERMISSION}
      confirm="Prices that are shown and orders placed from now on have the new rates; orders that were placed keep theirs."
      run={(form) => {
        const rates = classes.flatMap(({ key }) => {
          const rate = basisPoints(String(form.get(`rate ${key}`) ?? ''))
          return rate === undefined ? [] : [[key, rate] as const]
        })
        return api.call('PUT /api/tax-zones/{key}', {
          path: { key: zone?.key ?? String(form.get('key')) },
          body: {
            name: String(form.get('name')),
            countries:
              String(form.get('countries'))
                .toUpperCase()
                .match(/[A-Z]+/g) ?? [],
            rates: Object.fromEntries(rates),
          },
        })
      }}
    >
      {zone ? null : <Field label="Key, in small letters" name="key" required maxLength={60} pattern="[a-z0-9][a-z0-9\-]*" />}
      <Field label="Name" name="name" required maxLength={200} defaultValue={zone?.name} />
      <Words label="Countries" name="countries" rows={2} maxLength={1000} initial={zone?.countries.join(', ')} hint="DE, AT, …" />
      {classes.map(({ key, name }) => (
        <Field
          key={key}
          label={`${name}, percent`}
          name={`rate ${key}`}
          id={`rate-${key}`}
          inputMode="decimal"
          defaultValue={zone?.rates[key] === undefined ? '' : zone.rates[key] / 100}
        />
      ))}
    </Action>
  )
}
