import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { NavLink, Route, Routes, useLocation } from 'react-router'
import { Logo } from '../../storefront/app/components/pictures.tsx'
import { follow, useLive } from './live.ts'
import { Shortcuts } from './parts/shortcuts.tsx'
import { LeaveGuard } from './parts/unsaved.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { GROUPS, SCREENS } from './screens.ts'
import { may, onStaffChange, renew, signOut, type Staff, staffNow } from './session.ts'

export function App() {
  const staff = useSyncExternalStore(onStaffChange, staffNow)
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    void renew().finally(() => setAsked(true))
  }, [])
  if (staff) return <Frame key={staff.userId} staff={staff} />
  return asked ? <SignIn /> : <p className="admin-wait soft">Opening …</p>
}

function Frame({ staff }: { staff: Staff }) {
  const screens = useMemo(() => (staff ? SCREENS.filter(({ permission }) => may(permission)) : []), [staff])
  const queries = useQueryClient()
  const live = useLive()
  const [open, setOpen] = useState(false)
  const { pathname } = useLocation()
  useEffect(() => follow(queries), [queries])
  const title = screens.find(({ path }) => path === pathname)?.title
  useEffect(() => {
    document.title = title ? `${title} · Souk admin` : 'Souk admin'
  }, [title])
  return (
    <div className="admin">
      <a className="skip button" href="#content">
        Skip to the content
      </a>
      <nav className="admin-menu" aria-label="Screens" data-open={open}>
        <p className="admin-brand">
          <Logo /> Souk
        </p>
        <button
          type="button"
          className="button small quiet admin-menu-button"
          aria-expanded={open}
          aria-controls="screens"
          onClick={() => setOpen(!open)}
        >
          Menu
        </button>
        <Shortcuts screens={screens} />
        <div id="screens" className="admin-screens">
          {GROUPS.map((group) => {
            const entries = screens.filter((screen) => screen.group === group)
            return entries.length === 0 ? null : (
              <div key={group}>
                <h2>{group}</h2>
                <ul>
                  {entries.map(({ path, title: name }) => (
                    <li key={path}>
                      <NavLink to={path} end={path === '/'} onClick={() => setOpen(false)}>
                        {name}
                      </NavLink>
                    </li>
                  ))}
                </ul>
              </div>
            )
          })}
          <button type="button" className="link" onClick={() => void signOut()}>
            Sign out
          </button>
          <a href="/">To the shop</a>
          <p className="small soft">{live ? 'Shows changes at once' : 'Looks for changes now and then'}</p>
        </div>
      </nav>
      <main id="content" className="admin-main" tabIndex={-1}>
        <Routes>
          {screens.map(({ path, view: View }) => (
            <Route key={path} path={path} element={<View />} />
          ))}
          <Route path="*" element={<Nothing />} />
        </Routes>
      </main>
      <LeaveGuard />
    </div>
  )
}

function Nothing() {
  return (
    <div className="stack">
      <h1>There is nothing here</h1>
      <p className="soft">Or nothing that your role may see.</p>
    </div>
  )
}
