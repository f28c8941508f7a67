/** The shop's own drawings. Everything else on the page is text, so there are few. */
export function Logo() {
  return (
    <svg viewBox="0 0 38 42" aria-hidden="true">
      <path fill="currentColor" d="M2 42V19a17 17 0 0 1 34 0v23h-8V20a9 9 0 0 0-18 0v22z" />
      <circle cx="19" cy="20" r="4.2" fill="var(--saffron)" />
    </svg>
  )
}

const ARCH = (x: number, width: number, top: number) => {
  const r = width / 2
  return `M${x} 320V${top + r}a${r} ${r} 0 0 1 ${width} 0V320z`
}

/** A row of stalls under arches. */
export function Arches() {
  return (
    <svg className="arches" viewBox="0 0 560 320" aria-hidden="true">
      <path fill="var(--indigo)" d={ARCH(0, 170, 60)} />
      <path fill="var(--clay)" d={ARCH(186, 188, 14)} />
      <path fill="var(--leaf)" d={ARCH(390, 170, 60)} />
      <path fill="var(--paper)" d={ARCH(24, 122, 104)} />
      <path fill="var(--paper)" d={ARCH(212, 136, 62)} />
      <path fill="var(--paper)" d={ARCH(414, 122, 104)} />
      <path stroke="var(--saffron)" strokeWidth="3" d="M85 104v44M280 62v60M475 104v44" />
      <path fill="var(--saffron)" d="M67 148h36l-8 22H75zM256 122h48l-10 28h-28zM457 148h36l-8 22h-20z" />
      <path fill="var(--indigo)" d="M40 262h90v58H40zM430 262h90v58h-90z" opacity=".9" />
      <path fill="var(--clay)" d="M228 250h104v70H228z" opacity=".9" />
      <path
        fill="var(--saffron)"
        d="M50 262a16 16 0 0 1 32 0zM88 262a16 16 0 0 1 32 0zM440 262c0-24 12-34 18-34s18 10 18 34zM482 262v-20h28v20z"
      />
      <path fill="var(--leaf)" d="M240 250c0-16 8-30 16-30s16 14 16 30zM284 250v-34h14v34zM304 250v-22h14v22z" />
    </svg>
  )
}

/** For empty places: an open stall with nothing on its table. */
export function EmptyStall() {
  return (
    <svg viewBox="0 0 220 160" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="4">
      <path d="M30 156V74a80 62 0 0 1 160 0v82" />
      <path d="M30 74h160" stroke="var(--saffron)" />
      <path d="M30 74q16 20 32 0 16 20 32 0 16 20 32 0 16 20 32 0 16 20 32 0" fill="var(--clay-tint)" stroke="var(--clay)" />
      <path d="M46 122h128M58 122v34M162 122v34" />
    </svg>
  )
}

export const SearchIcon = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 5 5" strokeLinecap="round" />
  </svg>
)
export const CartIcon = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <path d="M4 9h16l-1.6 11H5.6zM8 9a4 4 0 0 1 8 0" strokeLinejoin="round" />
  </svg>
)
export const PersonIcon = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <circle cx="12" cy="8" r="4" />
    <path d="M4 21a8 8 0 0 1 16 0" strokeLinecap="round" />
  </svg>
)
