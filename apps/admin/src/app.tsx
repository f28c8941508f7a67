import { useEffect, useState, useSyncExternalStore } from 'react'
import { NavLink, Route, Routes, useLocation } from 'react-router'
import { Logo } from '../../storefront/app/components/pictures.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { SCREENS, type Screen } from './screens.ts'
import { may, onStaffChange, renew, signOut, staffNow } from './session.ts'

export function App() {
  const staff = useSyncExternalStore(onStaffChange, staffNow)
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    void renew().finally(() => setAsked(true))
  }, [])
  if (staff) return <Frame key={staff.userId} />
  return asked ? <SignIn /> : <p className="admin-wait soft">Opening …</p>
}

const maySee = ({ permission }: Screen) => permission === undefined || may(permission)

function Frame() {
  const screens = SCREENS.filter(maySee)
  const { pathname } = useLocation()
  const title = screens.find(({ path }) => path === pathname)?.title
  useEffect(() => {
    document.title = title ? `${title} · Souk admin` : 'Souk admin'
  }, [title])
  return (
    <div className="admin">
      <a className="skip button" href="#content">
        Skip to the content
      </a>
      <nav className="admin-menu" aria-label="Screens">
        <p className="admin-brand">
          <Logo /> Souk
        </p>
        {(['Shop', 'Operations'] as const).map((group) => {
          const entries = screens.filter((screen) => screen.group === group)
          return entries.length === 0 ? null : (
            <div key={group}>
              <h2>{group}</h2>
              <ul>
                {entries.map(({ path, title: name }) => (
                  <li key={path}>
                    <NavLink to={path} end={path === '/'}>
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
      </nav>
      <main id="content" className="admin-main" tabIndex={-1}>
        <Routes>
          {screens.map(({ path, view: View }) => (
            <Route key={path} path={path} element={<View />} />
          ))}
          <Route path="*" element={<Nothing />} />
        </Routes>
      </main>
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
