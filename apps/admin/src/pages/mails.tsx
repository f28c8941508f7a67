import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Words } from '../parts/select.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'

const LANGUAGES = ['en', 'de'] as const
type Language = (typeof LANGUAGES)[number]
type Template = Answer<'GET /api/notifications/templates'>['templates'][number]
const STATES = ['queued', 'sent', 'failed', 'suppressed'] as const

/** What the shop writes to people: how each message looks, in the shop's words or in one's own, and what became of those that were sent. */
export function Mails() {
  const { values, set } = useFilter(['template', 'language'])
  const { data, error, refetch } = useQuery({
    queryKey: ['mail templates'],
    queryFn: () => api.call('GET /api/notifications/templates'),
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const template = data.templates.find(({ name }) => name === values.template)
  const language = LANGUAGES.find((one) => one === values.language) ?? 'en'
  return (
    <div className="stack">
      <h1>Mails</h1>
      <div className="columns">
        <Panel title="Templates">
          <ul className="stack">
            {data.templates.map(({ name, summary, marketing, overridden }) => (
              <li key={name}>
                <button
                  type="button"
                  className="link"
                  aria-current={name === template?.name}
                  onClick={() => set('template', name)}
                >
                  {name}
                </button>{' '}
                <span className="soft small">
                  {summary}
                  {marketing ? ' · advertising' : ''}
                  {overridden.length > 0 ? ` · own words: ${overridden.join(', ')}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
        {template ? (
          <Preview template={template} language={language} choose={(value) => set('language', value)} />
        ) : (
          <p className="soft">Choose a template to see how it looks.</p>
        )}
      </div>
      {may('notifications:read') ? <Sent template={template?.name} /> : null}
    </div>
  )
}

interface PreviewProps {
  readonly template: Template
  readonly language: Language
  readonly choose: (language: string) => void
}

function Preview({ template, language, choose }: PreviewProps) {
  const { name } = template
  const { data, error } = useQuery({
    queryKey: ['mail preview', name, language],
    queryFn: async () => {
      const of = async (format: 'html' | 'text') => {
        const answer = await api.call('GET /api/notifications/templates/{name}/preview', {
          path: { name },
          query: { locale: language, format },
        })
        return await (answer as Response).text()
      }
      const [html, text] = await Promise.all([of('html'), of('text')])
      return { html, text, subject: text.split('\n', 1)[0] ?? '' }
    },
  })
  return (
    <Panel title={name} actions={<OwnWords template={template} language={language} />}>
      <Choice label="Language" value={language} options={LANGUAGES} onChange={choose} needed />
      {error ? <Trouble error={error} /> : null}
      {data ? (
        <>
          <p>
            <span className="soft">Subject:</span> {data.subject}
          </p>
          <iframe className="preview" title={`How ${name} looks`} sandbox="" srcDoc={data.html} />
          <details>
            <summary>As plain text</summary>
            <pre>{data.text}</pre>
          </details>
        </>
      ) : null}
    </Panel>
  )
}

function OwnWords({ template: { name, subjects, variables, overridden }, language }: Omit<PreviewProps, 'choose'>) {
  const path = { name, language }
  const own = overridden.includes(language)
  const { data } = useQuery({
    queryKey: ['mail words', name, language],
    queryFn: () => api.call('GET /api/notifications/templates/{name}/overrides/{language}', { path }),
    enabled: own && may('notifications:read'),
  })
  return (
    <>
      <Action
        name="Own words"
        permission="notifications:write"
        run={(form) =>
          api.call('PUT /api/notifications/templates/{name}/overrides/{language}', {
            path,
            body: { subject: String(form.get('subject')), body: String(form.get('body')) },
          })
        }
      >
        <Field label="Subject" name="subject" required maxLength={200} defaultValue={data?.subject ?? subjects[language]} />
        <Words
          label="Opening"
          name="body"
          maxLength={10_000}
          initial={data?.body}
          hint={`Paragraphs with an empty line between. May name ${variables.map((one) => `{{${one}}}`).join(', ')}.`}
        />
      </Action>
      {own ? (
        <Action
          name="Words of the shop"
          permission="notifications:write"
          confirm="Your own words are gone, and the message is as it came with the shop."
          run={() => api.call('DELETE /api/notifications/templates/{name}/overrides/{language}', { path })}
        />
      ) : null}
    </>
  )
}

function Sent({ template }: { template: string | undefined }) {
  const { values, set } = useFilter(['state'])
  const state = STATES.find((one) => one === values.state)
  return (
    <Panel title={template ? `Sent: ${template}` : 'Sent'}>
      <div className="row">
        <Choice label="State" value={state} options={STATES} onChange={(value) => set('state', value)} />
      </div>
      <Rows
        label="Messages"
        name={['notifications', template, state]}
        every={10_000}
        load={(cursor) => api.call('GET /api/notifications', { query: { limit: 50, cursor, template, state } })}
        keyOf={({ id }) => id}
        empty="Nothing was sent yet."
        columns={[
          { title: 'Template', width: '11rem', cell: (one) => one.template },
          { title: 'To', width: 'minmax(11rem, 1fr)', cell: ({ address }) => address ?? '–' },
          { title: 'Subject', width: 'minmax(11rem, 1.5fr)', cell: ({ subject }) => subject ?? '–' },
          { title: 'State', width: '7rem', cell: (one) => <State of={one.state} /> },
          { title: 'Why', width: 'minmax(7rem, 1fr)', cell: ({ reason }) => reason ?? '–' },
          { title: 'Made', width: '11rem', cell: ({ createdAt }) => when(createdAt) },
          {
            title: 'To do',
            width: '7rem',
            cell: ({ id, state: now }) =>
              now === 'queued' ? null : (
                <Action
                  name="Send again"
                  permission="notifications:send"
                  run={() => api.call('POST /api/notifications/{id}/resend', { path: { id } })}
                />
              ),
          },
        ]}
      />
    </Panel>
  )
}
