import type { Shape } from './catalogue.ts'

const SIZE = 800

/** Glazes, cloths and woods of one shop: colour, its shade, its light, and the wall behind. */
const PALETTES = [
  ['#b8553a', '#8a3b26', '#d98566', '#f1e4d6'],
  ['#3a4a8c', '#28346a', '#6a7abf', '#e6e6f0'],
  ['#5c7a4c', '#425c36', '#8aa87a', '#e9eddf'],
  ['#c9b08a', '#a0865f', '#e4d3b6', '#efe9e0'],
  ['#d39a2e', '#a5741a', '#ecc069', '#f5ecd7'],
  ['#5b6b75', '#414e57', '#8b9aa4', '#e7eaec'],
  ['#a8697a', '#804c5b', '#cd96a4', '#f3e6e6'],
  ['#3f7d7a', '#2b5c5a', '#72aba7', '#e2eeec'],
] as const

interface Colours {
  /** the thing itself, its side in the shade, its side in the light */
  readonly c: string
  readonly d: string
  readonly l: string
}

const WOOD = '#b98a58'
const WOOD_DARK = '#8f6538'
const STEEL = '#c3c8cc'
const STEEL_DARK = '#8d949a'

/** What each thing looks like, on a board of 100 × 100 with its foot at 82. */
const drawings: Record<Shape, (colours: Colours) => string> = {
  mug: ({ c, d, l }) =>
    `<path d="M67 44h7a11 11 0 0 1 0 22h-8" fill="none" stroke="${d}" stroke-width="5"/><path d="M28 36h40v34c0 8-5 12-12 12H40c-7 0-12-4-12-12z" fill="${c}"/><path d="M32 40v30c0 5 2 8 5 9-6-1-9-4-9-10V38z" fill="${l}"/><ellipse cx="48" cy="36" rx="20" ry="5" fill="${l}"/><ellipse cx="48" cy="37" rx="17" ry="3.6" fill="${d}"/>`,
  bowl: ({ c, d, l }) =>
    `<path d="M16 50h68c0 18-14 30-26 30H42C30 80 16 68 16 50z" fill="${c}"/><path d="M16 50h10c2 14 10 24 20 30h-4C30 80 16 68 16 50z" fill="${l}"/><ellipse cx="50" cy="50" rx="34" ry="8" fill="${l}"/><ellipse cx="50" cy="51" rx="30" ry="6" fill="${d}"/><rect x="40" y="79" width="20" height="4" rx="2" fill="${d}"/>`,
  lamp: ({ c, d, l }) =>
    `<ellipse cx="50" cy="58" rx="40" ry="22" fill="#fff3c9" opacity=".6"/><path d="M50 50v28" stroke="${d}" stroke-width="3"/><path d="M37 20h26l14 32H23z" fill="${c}"/><path d="M37 20h8l-8 32H23z" fill="${l}"/><ellipse cx="50" cy="52" rx="27" ry="4" fill="#fff0b8"/><ellipse cx="50" cy="80" rx="17" ry="4" fill="${d}"/>`,
  textile: ({ c, d, l }) =>
    `<path d="M20 70c0-5 4-8 10-8h42c5 0 8 3 8 7v11H28c-5 0-8-4-8-10z" fill="${d}"/><path d="M20 56c0-5 4-8 10-8h42c5 0 8 3 8 8v8H28c-5 0-8-3-8-8z" fill="${c}"/><path d="M20 42c0-5 4-8 10-8h42c5 0 8 3 8 8v8H28c-5 0-8-3-8-8z" fill="${l}"/><path d="M30 38h48M30 52h48M32 66h46" stroke="#fff" stroke-width="1" opacity=".55"/><path d="M76 70v12M72 70v13M68 70v12" stroke="${c}" stroke-width="1.4"/>`,
  shirt: ({ c, d, l }) =>
    `<path d="M37 22l-19 10-6 20 12 5 4-9v34h44V48l4 9 12-5-6-20-19-10c-3 7-23 7-26 0z" fill="${c}"/><path d="M28 48v34h8V44z" fill="${l}"/><path d="M37 22c3 7 23 7 26 0l3 2c-4 10-28 10-32 0z" fill="${d}"/><path d="M50 30v52" stroke="${d}" stroke-width="1"/><g fill="${d}"><circle cx="52" cy="40" r="1"/><circle cx="52" cy="52" r="1"/><circle cx="52" cy="64" r="1"/></g>`,
  shoe: ({ c, d, l }) =>
    `<path d="M14 46c6 5 16 4 21-3l3-3c8 14 20 20 36 24 9 2 13 5 13 10H14z" fill="${c}"/><path d="M14 46c3 3 7 4 11 3l-1 25H14z" fill="${l}"/><path d="M12 74h76v3c0 3-2 5-5 5H16c-2 0-4-2-4-5z" fill="#f6efe3"/><path d="M12 78h76" stroke="${d}" stroke-width="1.2"/><path d="M40 48l7-4M46 54l7-4M53 59l7-4" stroke="#fff" stroke-width="2"/>`,
  bag: ({ c, d, l }) =>
    `<path d="M36 40c0-26 28-26 28 0" fill="none" stroke="${d}" stroke-width="3.5"/><path d="M24 38h52l5 40c0 3-2 4-4 4H23c-2 0-4-1-4-4z" fill="${c}"/><path d="M24 38h9l-3 44h-7c-2 0-4-1-4-4z" fill="${l}"/><path d="M34 56h32v18H34z" fill="${d}" opacity=".5"/><circle cx="50" cy="60" r="1.8" fill="#e8d9b8"/>`,
  book: ({ c, d, l }) =>
    `<path d="M27 80V24c0-3 2-5 5-5h40v58H33c-4 0-6 2-6 3z" fill="${c}"/><path d="M27 80V24c0-3 2-5 5-5h3v58c-5 0-8 1-8 3z" fill="${d}"/><path d="M33 77h39v5H33c-6 0-6-5 0-5z" fill="#faf6ee"/><rect x="43" y="30" width="22" height="14" fill="none" stroke="${l}" stroke-width="1.5"/><path d="M46 35h16M48 39h12" stroke="${l}" stroke-width="1.5"/><circle cx="54" cy="60" r="6" fill="${l}"/>`,
  plant: ({ c, d, l }) =>
    `<g fill="none" stroke="#4b6b41" stroke-width="1.6"><path d="M50 62C48 46 40 38 32 34M50 62c2-18 12-28 22-32M50 62c-1-16 0-28 3-40"/></g><path d="M20 26c12-2 20 4 22 16-12 2-20-4-22-16z" fill="#5f8a52"/><path d="M82 22c-14 0-22 8-22 20 14 0 22-8 22-20z" fill="#4f7a45"/><path d="M54 12c-9 8-9 20-1 28 9-8 9-20 1-28z" fill="#73a062"/><path d="M34 60h32l-4 20c0 1-1 2-3 2H41c-2 0-3-1-3-2z" fill="${c}"/><path d="M34 60h7l2 22h-2c-2 0-3-1-3-2z" fill="${l}"/><rect x="32" y="57" width="36" height="6" rx="1.5" fill="${d}"/>`,
  tool: ({ d }) =>
    `<path d="M50 14c12 4 15 18 10 30H40c-5-12-2-26 10-30z" fill="${STEEL}"/><path d="M50 14c-12 4-15 18-10 30h5c-3-12-2-24 5-30z" fill="#e6e9eb"/><path d="M48 44h4v10h-4z" fill="${STEEL_DARK}"/><path d="M46 53h8l1 27c0 3-10 3-10 0z" fill="${WOOD}"/><path d="M46 58h8" stroke="${d}" stroke-width="2.4"/>`,
  shears: ({ c, d }) =>
    `<path d="M52 46L34 14c-4 4-4 10-1 15l14 22z" fill="${STEEL}"/><path d="M48 46l18-30c3 4 3 9 0 14L53 50z" fill="${STEEL_DARK}"/><path d="M47 50c-12 8-18 18-18 28 0 4 6 5 7 1 2-9 7-16 15-22z" fill="${c}"/><path d="M53 50c12 8 18 18 18 28 0 4-6 5-7 1-2-9-7-16-15-22z" fill="${d}"/><circle cx="50" cy="49" r="3" fill="#f1ede4"/>`,
  can: ({ c, d, l }) =>
    `<path d="M66 52l20-18" stroke="${d}" stroke-width="5"/><path d="M80 28l12 12" stroke="${d}" stroke-width="4"/><path d="M30 42c-16 0-18 26 0 28" fill="none" stroke="${d}" stroke-width="4"/><path d="M30 38h38l2 40c0 3-2 4-4 4H32c-2 0-4-1-4-4z" fill="${c}"/><path d="M30 38h8l-2 44h-4c-2 0-4-1-4-4z" fill="${l}"/><ellipse cx="49" cy="38" rx="19" ry="4" fill="${d}"/><path d="M36 36c0-18 26-18 26 0" fill="none" stroke="${d}" stroke-width="3"/>`,
  spade: ({ d }) =>
    `<path d="M42 12h16v5H42z" fill="${WOOD_DARK}"/><path d="M48 16h4v36h-4z" fill="${WOOD}"/><path d="M36 50h28v16c0 8-8 14-14 17-6-3-14-9-14-17z" fill="${STEEL}"/><path d="M36 50h8v27c-5-3-8-7-8-11z" fill="#e6e9eb"/><path d="M47 44h6v14h-6z" fill="${d}"/>`,
  labels: ({ c, d, l }) =>
    `<g transform="rotate(-8 50 50)"><path d="M26 24h12v44l-6 12-6-12z" fill="${l}"/></g><path d="M44 22h12v46l-6 14-6-14z" fill="${c}"/><g transform="rotate(8 50 50)"><path d="M62 24h12v44l-6 12-6-12z" fill="${d}"/></g><path d="M50 30v28" stroke="#fff" stroke-width="1.5" opacity=".7"/>`,
  pen: () =>
    `<g transform="rotate(38 50 50)"><path d="M45 14h10v50H45z" fill="#c99a3a"/><path d="M45 14h3.5v50H45z" fill="#ecca7d"/><path d="M45 64h10l-5 18z" fill="#8d6a22"/><path d="M54 18h3v22h-3z" fill="#8d6a22"/><path d="M45 40h10" stroke="#8d6a22" stroke-width="1.5"/></g>`,
  spoon: () =>
    `<g transform="rotate(32 50 50)"><path d="M47.5 36h5L54 84c0 4-8 4-8 0z" fill="${WOOD}"/><ellipse cx="50" cy="25" rx="12" ry="16" fill="${WOOD}"/><ellipse cx="50" cy="25" rx="8.5" ry="12" fill="${WOOD_DARK}" opacity=".55"/><path d="M48 44l-.6 38" stroke="#d6b083" stroke-width="1.2"/></g>`,
  knife: () =>
    `<g transform="rotate(38 50 50)"><path d="M44 10c10 8 13 28 12 46H44z" fill="${STEEL}"/><path d="M44 10v46h3.5V16z" fill="${STEEL_DARK}"/><path d="M44 56h12l1 28c0 4-12 4-12 0z" fill="${WOOD}"/><g fill="#e8dcc8"><circle cx="51" cy="64" r="1.2"/><circle cx="51" cy="74" r="1.2"/></g></g>`,
  box: ({ c, d, l }) =>
    `<path d="M18 46h64v32c0 2-2 4-4 4H22c-2 0-4-2-4-4z" fill="${c}"/><path d="M18 46h10v36h-6c-2 0-4-2-4-4z" fill="${l}"/><path d="M15 34c0-2 1-3 3-3h64c2 0 3 1 3 3v10H15z" fill="${d}"/><path d="M15 44h70" stroke="${l}" stroke-width="1.4"/><rect x="42" y="52" width="16" height="10" rx="1.5" fill="#f4ead8"/><path d="M45 56h10M46 59h8" stroke="${d}" stroke-width="1"/>`,
  card: ({ c, d, l }) =>
    `<g transform="rotate(-7 50 52)"><rect x="18" y="32" width="62" height="42" rx="2" fill="${d}"/></g><g transform="rotate(3 50 52)"><rect x="19" y="31" width="62" height="42" rx="2" fill="${c}"/><path d="M19 62c12-12 22-12 32-2s20 8 30-4v15c0 1-1 2-2 2H21c-1 0-2-1-2-2z" fill="${l}"/><circle cx="68" cy="42" r="5" fill="#f6e7c0"/></g>`,
}

/** The drawing of a thing as SVG text, on a table before a wall in soft light; `variation` picks the colours. */
export function drawingOf(shape: Shape, variation: number): string {
  const [c, d, l, wall] = PALETTES[variation % PALETTES.length]!
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 100 100">
    <defs><radialGradient id="light" cx=".3" cy=".2" r="1"><stop offset="0" stop-color="#fff" stop-opacity=".75"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>
    <radialGradient id="shade"><stop offset="0" stop-color="#2b2018" stop-opacity=".34"/><stop offset="1" stop-color="#2b2018" stop-opacity="0"/></radialGradient></defs>
    <rect width="100" height="100" fill="${wall}"/><rect y="74" width="100" height="26" fill="${c}" opacity=".16"/><rect width="100" height="100" fill="url(#light)"/>
    <ellipse cx="54" cy="83" rx="38" ry="6" fill="url(#shade)"/>
    ${drawings[shape]({ c, d, l })}</svg>`
}

/** The same as PNG, as a shop's photographer would upload it. */
export async function pictureOf(shape: Shape, variation: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  return await sharp(Buffer.from(drawingOf(shape, variation)))
    .png({ compressionLevel: 3 })
    .toBuffer()
}
