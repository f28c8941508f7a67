import type { MouseEvent, ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { Link } from './link.tsx'

/** Words that staff wrote in Markdown. The content service makes the HTML, and lets nothing into it that runs. */
export function Written({ html }: { html: string }) {
  const navigate = useNavigate()
  // links into the shop go without loading it anew, as all others
  const onClick = (event: MouseEvent) => {
    const path = event.target instanceof Element ? event.target.closest('a')?.getAttribute('href') : undefined
    if (
      !path ||
      !/^\/(?!\/)/.test(path) ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    void navigate(path)
  }
  // biome-ignore lint/security/noDangerouslySetInnerHtml: made by services/content/markdown.ts
  // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: a link that has the focus is clicked by Enter
  return <div className="written" onClick={onClick} dangerouslySetInnerHTML={{ __html: html }} />
}

/** A link that staff gave: into the shop in the reader's language, or out of it. */
export function Target({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
  return to.startsWith('/') ? (
    <Link to={to} className={className}>
      {children}
    </Link>
  ) : (
    <a href={to} className={className} rel="noopener">
      {children}
    </a>
  )
}
