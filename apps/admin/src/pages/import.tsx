import { useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Link } from 'react-router'
import { useAttributes, languagesOf, useChannels } from '../catalogue.ts'
import { guessed, rowsOf, type Target, targetsOf } from '../files/columns.ts'
import { readTable, type Table } from '../files/read-file.ts'
import { RunResult } from '../files/run-result.tsx'
import { useImport } from '../files/use-import.ts'
import { Action } from '../parts/action.tsx'
import { Panel } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { latinKeyOf } from '../product/matrix.ts'

const SAMPLES = 3

export function Import() {
  const read = useMutation({ mutationFn: readTable })
  return (
    <div className="stack">
      <h1>Import products</h1>
      <p className="soft prose">
        A CSV file with the names of its columns in the first line, and a line for every variant. Lines of one product follow each
        other with the same address. What is empty, or not in the file, stays as it is. <Link to="/products">Export</Link> writes
        such a file.
      </p>
      <label className="field">
        <span className="legend">File</span>
        <input
          className="input"
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={({ target }) => target.files?.[0] && read.mutate(target.files[0])}
        />
      </label>
      {read.error ? <Trouble error={read.error} /> : null}
      {read.data ? <Mapping key={`${read.data.name} ${read.submittedAt}`} table={read.data} /> : null}
    </div>
  )
}

function Mapping({ table }: { table: Table }) {
  const channels = useChannels()
  const attributes = useAttributes()
  if (!channels.data || !attributes.data) return <p className="soft">Loading …</p>
  const languages = languagesOf(channels.data)
  return <Columns table={table} targets={targetsOf({ languages, attributes: attributes.data })} />
}

function Columns({ table, targets }: { table: Table; targets: readonly Target[] }) {
  const [mapping, setMapping] = useState(() => guessed(table.names, targets))
  const { run, start, stop, forget } = useImport()
  const rows = useMemo(() => rowsOf(table.records, mapping), [table, mapping])
  const twice = mapping.find((target, at) => target !== '' && mapping.indexOf(target) !== at)
  const found = mapping.includes('sku') || mapping.includes('address')
  const ready = found && twice === undefined && rows.length > 0 && run?.state !== 'running'
  const put = (at: number, target: string) => {
    setMapping(mapping.map((before, index) => (index === at ? target : before)))
    forget()
  }
  return (
    <>
      <Panel title={`${table.records.length} rows of ${table.name}`}>
        {table.guessed ? (
          <p className="note" role="status">
            The file is not UTF-8; it is read as older spreadsheets write it. If letters like ä or é look wrong in the examples,
            save it as CSV in UTF-8 and choose it again.
          </p>
        ) : null}
        <div className="matrix-frame">
          <table className="matrix">
            <thead>
              <tr>
                <th scope="col">Column of the file</th>
                <th scope="col">Becomes</th>
                <th scope="col">For example</th>
              </tr>
            </thead>
            <tbody>
              {table.names.map((name, at) => (
                <tr key={`${table.names.slice(0, at).filter((other) => other === name).length} ${name}`}>
                  <th scope="row">{name}</th>
                  <td>
                    <select
                      className="input"
                      aria-label={`${name} becomes`}
                      value={mapping[at]}
                      onChange={({ target }) => put(at, target.value)}
                    >
                      <option value="">left out</option>
                      {choicesOf(name, mapping[at] ?? '', targets).map(({ value, label }) => (
                        <option key={value} value={value}>
                          {label}
                        </option>
                      ))}
                    </select>
                  </td>
                  <td className="soft">
                    {table.records
                      .slice(0, SAMPLES)
                      .map((record) => record[at])
                      .filter(Boolean)
                      .map((text) => text?.slice(0, 40))
                      .join(' · ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {twice === undefined ? null : (
          <p className="wrong" role="alert">
            Two columns become {twice}.
          </p>
        )}
        {found ? null : <p className="soft">A column has to be the SKU or the address: by them products are found again.</p>}
        <div className="row">
          <button type="button" className="button small quiet" disabled={!ready} onClick={() => void start(rows, true)}>
            Try it
          </button>
          {ready ? (
            <Action
              name="Bring in"
              permission="products:write"
              quiet={false}
              confirm={`${rows.length} rows. Products are created and changed at once; those on sale show in the shop.`}
              run={async () => void start(rows, false)}
            />
          ) : null}
        </div>
      </Panel>
      {run ? <RunResult run={run} onStop={stop} /> : null}
    </>
  )
}

/** What this column may become: also an option called as the column is. */
function choicesOf(name: string, now: string, targets: readonly Target[]): readonly Target[] {
  const key = latinKeyOf(name.replace(/^option\./, ''))
  const option = key === undefined ? [] : [{ value: `option.${key}`, label: `an option, ${key}` }]
  const all = [...targets, ...option]
  return now === '' || all.some(({ value }) => value === now) ? all : [...all, { value: now, label: now }]
}
