import { Field } from '../../../storefront/app/components/field.tsx'

export const LANGUAGES = ['en', 'de'] as const
const NAMES = { en: 'English', de: 'German' } as const

export interface TextField {
  readonly name: string
  readonly label: string
  /** lines of a larger field */
  readonly rows?: number
  readonly optional?: true
}

type Words = Readonly<Record<string, string>>

interface Props {
  readonly id: string
  readonly fields: readonly TextField[]
  readonly texts: Readonly<Record<string, Words>>
  readonly onChange: (texts: Record<string, Words>) => void
}

/** The words of one thing in each language. English has to be there; a language whose fields are all empty is not. */
export function Texts({ id, fields, texts, onChange }: Props) {
  const change = (language: string, name: string, value: string) => {
    const blank = Object.fromEntries(fields.map((field) => [field.name, '']))
    const words = { ...blank, ...texts[language], [name]: value }
    const { [language]: _, ...others } = texts
    const empty = language !== 'en' && Object.values(words).every((text) => text.trim() === '')
    onChange(empty ? others : { ...others, [language]: words })
  }
  return (
    <div className="columns">
      {LANGUAGES.map((language) => (
        <fieldset key={language} className="stack">
          <legend className="legend">{NAMES[language]}</legend>
          {fields.map(({ name, label, rows, optional }) => {
            const common = {
              value: texts[language]?.[name] ?? '',
              required: !optional && (language === 'en' || texts[language] !== undefined),
              onChange: (event: { currentTarget: { value: string } }) => change(language, name, event.currentTarget.value),
            }
            const at = `${id}-${language}-${name}`
            return rows ? (
              <div key={name} className="field">
                <label htmlFor={at}>{label}</label>
                <textarea id={at} className="input" rows={rows} {...common} />
              </div>
            ) : (
              <Field key={name} id={at} name={at} label={label} maxLength={200} {...common} />
            )
          })}
        </fieldset>
      ))}
    </div>
  )
}
