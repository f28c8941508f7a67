import { useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'

/** What would be lost on this page. */
const open = new Set<symbol>()

/** State of a navigation that nobody is asked about: what was unsaved is saved, or gone with what it belonged to. */
export const SETTLED = { state: { settled: true } } as const

/** While `changed`, nobody leaves the page without being asked. */
export function useUnsaved(changed: boolean): void {
  useEffect(() => {
    if (!changed) return
    const mine = Symbol('unsaved')
    const stay = (event: BeforeUnloadEvent) => event.preventDefault()
    open.add(mine)
    addEventListener('beforeunload', stay)
    return () => {
      open.delete(mine)
      removeEventListener('beforeunload', stay)
    }
  }, [changed])
}

/** Asks before another screen is opened. Once, in the frame: a router takes one blocker. Filters in the address are the same screen. */
export function LeaveGuard() {
  const dialog = useRef<HTMLDialogElement>(null)
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    const settled = (nextLocation.state as Partial<typeof SETTLED.state> | null)?.settled === true
    return open.size > 0 && !settled && currentLocation.pathname !== nextLocation.pathname
  })
  const asks = blocker.state === 'blocked'
  useEffect(() => {
    if (asks) dialog.current?.showModal()
    else dialog.current?.close()
  }, [asks])
  return (
    <dialog ref={dialog} aria-labelledby="leave-question" onCancel={() => blocker.reset?.()}>
      <div className="stack">
        <h2 id="leave-question">Leave without saving?</h2>
        <p>Something on this page is not saved, or not finished. It is lost when you leave.</p>
        <div className="row">
          <button type="button" className="button small" onClick={() => blocker.reset?.()}>
            Stay here
          </button>
          <button type="button" className="link" onClick={() => blocker.proceed?.()}>
            Leave without saving
          </button>
        </div>
      </div>
    </dialog>
  )
}
