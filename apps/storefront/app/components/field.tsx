import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react'

interface Labelled {
  readonly label: string
  readonly name: string
  readonly id?: string | undefined
  readonly wrong?: string | undefined
  readonly hint?: ReactNode
}

/** A label, what it is for, a hint, and what is wrong with it; `described` names both to who does not see them. */
function Frame({
  label,
  id,
  wrong,
  hint,
  children,
}: Omit<Labelled, 'name' | 'id'> & {
  readonly id: string
  readonly children: (shared: {
    id: string
    'aria-invalid': true | undefined
    'aria-describedby': string | undefined
  }) => ReactNode
}) {
  const described = [wrong ? `${id}-wrong` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': wrong ? true : undefined, 'aria-describedby': described || undefined })}
      {hint ? (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {wrong ? (
        <span className="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      ) : null}
    </div>
  )
}

/** A labelled input that says under itself what is wrong with it. */
export function Field({ label, name, id = name, wrong, hint, ...input }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Frame label={label} id={id} wrong={wrong} hint={hint}>
      {(shared) => <input name={name} {...shared} {...input} />}
    </Frame>
  )
}

/** As `Field`, one of several. */
export function Choose({ label, name, id = name, wrong, hint, ...select }: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame label={label} id={id} wrong={wrong} hint={hint}>
      {(shared) => <select name={name} {...shared} {...select} />}
    </Frame>
  )
}
