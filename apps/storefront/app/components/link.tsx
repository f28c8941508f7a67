import { Link as RouterLink, NavLink as RouterNavLink, type LinkProps, type NavLinkProps } from 'react-router'
import { inLanguage, useSpeech } from '../i18n/language.ts'

/** A link that stays in the language of the page. `to` is an address without language. */
export function Link({ to, ...rest }: Omit<LinkProps, 'to'> & { to: string }) {
  const { language } = useSpeech()
  return <RouterLink to={inLanguage(language, to)} {...rest} />
}

export function NavLink({ to, ...rest }: Omit<NavLinkProps, 'to'> & { to: string }) {
  const { language } = useSpeech()
  return <RouterNavLink to={inLanguage(language, to)} {...rest} />
}
