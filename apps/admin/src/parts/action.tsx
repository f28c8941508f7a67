import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { may } from '../session.ts'
import { Trouble } from './trouble.tsx'

interface Props {
  readonly name: string
  /** who does not have it does not see the button */
  readonly permission: string
  /** asked before: what is about to happen */
  readonly confirm?: string
  /** fields of the question; their values go to `run` */
  readonly children?: ReactNode
  readonly quiet?: boolean
  readonly run: (form: FormData) => Promise<unknown>
}

/** A button that does something to the shop: permission first, a question where it cannot be undone, then everything on the page is read again. */
export function Action({ name, permission, confirm, children, quiet = true, run }: Props) {
  const queries = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  const [open, setOpen] = useState(false)
  const work = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      dialog.current?.close()
      await queries.invalidateQueries()
    },
  })
  if (!may(permission)) return null
  const asks = confirm !== undefined || children !== undefined
  const begin = () => {
    work.reset()
    if (!asks) return work.mutate(new FormData())
    setOpen(true)
    dialog.current?.showModal()
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    // the button may stand inside another form, which this does not send
    event.stopPropagation()
    work.mutate(new FormData(event.currentTarget))
  }
  return (
    <>
      <button type="button" className={`button small${quiet ? ' quiet' : ''}`} disabled={work.isPending} onClick={begin}>
        {name}
      </button>
      {!asks && work.error ? <Trouble error={work.error} /> : null}
      {asks
        ? createPortal(
            <dialog ref={dialog} aria-label={name} onClose={() => setOpen(false)}>
              {open ? (
                <form className="stack" onSubmit={submit}>
                  <h2>{name}</h2>
                  {confirm ? <p>{confirm}</p> : null}
                  {children}
                  {work.error ? <Trouble error={work.error} /> : null}
                  <div className="row">
                    <button type="submit" className="button small" disabled={work.isPending}>
                      {name}
                    </button>
                    <button type="button" className="link" onClick={() => dialog.current?.close()}>
                      Leave it
                    </button>
                  </div>
                </form>
              ) : null}
            </dialog>,
            document.body,
          )
        : null}
    </>
  )
}
