import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Screen } from '../screens.ts'
import { Palette } from './palette.tsx'

/** So long after `g` the letter of a screen may come. */
const SEQUENCE_MS = 1_200

const KEYS = [
  { keys: ['Ctrl or ⌘', 'K'], does: 'Go to a screen, an order, a customer, a product' },
  { keys: ['/'], does: 'To the first field that searches or filters' },
  { keys: ['?'], does: 'This sheet' },
  { keys: ['Esc'], does: 'Close what is open' },
] as const

/** Letters are words while somebody writes, and while something asks. */
function isWriting(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : undefined
  return element?.closest('input, select, textarea, [contenteditable], dialog[open]') !== null && element !== undefined
}

/** What can be done from the keyboard anywhere: the palette, the sheet that tells of the keys, and `g` with the letter of a screen. */
export function Shortcuts({ screens }: { screens: readonly Screen[] }) {
  const navigate = useNavigate()
  const [open, setOpen] = useState<'palette' | 'sheet'>()
  useEffect(() => {
    let since = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        if (!document.querySelector('dialog[open]')) setOpen('palette')
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      const screen = screens.find(({ keys }) => keys === event.key)
      if (event.timeStamp - since < SEQUENCE_MS && screen) void navigate(screen.path)
      else if (event.key === '?') setOpen('sheet')
      else if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLElement>('main :is(input[type="search"], select)')?.focus()
      }
      since = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [screens, navigate])
  // that one is closed is heard a moment later, when the other may be open already
  const close = (which: typeof open) => () => setOpen((now) => (now === which ? undefined : now))
  return (
    <>
      <p className="row">
        <button type="button" className="link" onClick={() => setOpen('palette')}>
          Go to …
        </button>
        <button type="button" className="link" onClick={() => setOpen('sheet')}>
          Keys
        </button>
      </p>
      <Palette open={open === 'palette'} close={close('palette')} />
      <Sheet open={open === 'sheet'} close={close('sheet')} screens={screens} />
    </>
  )
}

function Sheet({ open, close, screens }: { open: boolean; close: () => void; screens: readonly Screen[] }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  const lines = [...KEYS, ...screens.flatMap(({ keys, title }) => (keys ? [{ keys: ['g', keys], does: title }] : []))]
  return (
    <dialog ref={dialog} aria-label="Keys" onClose={close}>
      {open ? (
        <div className="stack">
          <h2>Keys</h2>
          <table className="plain">
            <tbody>
              {lines.map(({ keys, does }) => (
                <tr key={does}>
                  <th scope="row">
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </th>
                  <td>{does}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <button type="button" className="button small quiet" onClick={close}>
            Close
          </button>
        </div>
      ) : null}
    </dialog>
  )
}
