import { useEffect, useState } from 'react'
import { useSpeech } from '../i18n/language.ts'

const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

/** Shown only where scripts run; without them the page follows the device. */
export function ThemeChoice() {
  const { words } = useSpeech()
  const [theme, setTheme] = useState<Theme>()
  useEffect(() => setTheme((localStorage.getItem('theme') as Theme | null) ?? 'auto'), [])
  if (!theme) return null
  const choose = (next: Theme) => {
    setTheme(next)
    if (next === 'auto') {
      localStorage.removeItem('theme')
      delete document.documentElement.dataset['theme']
    } else {
      localStorage.setItem('theme', next)
      document.documentElement.dataset['theme'] = next
    }
  }
  return (
    <div className="field">
      <label htmlFor="theme">{words.shop.theme}</label>
      <select id="theme" value={theme} onChange={(event) => choose(event.target.value as Theme)}>
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {words.shop[one]}
          </option>
        ))}
      </select>
    </div>
  )
}
