import type { Shape } from './catalogue.ts'

const SIZE = 640

/** What each thing looks like, on a board of 100 × 100; `c` is its colour, `d` a darker one. */
const drawings: Record<Shape, (c: string, d: string) => string> = {
  mug: (c, d) =>
    `<path d="M66 44h8a10 10 0 0 1 0 20h-8" fill="none" stroke="${d}" stroke-width="5"/><rect x="28" y="34" width="40" height="42" rx="6" fill="${c}"/><ellipse cx="48" cy="35" rx="20" ry="5" fill="${d}"/>`,
  bowl: (c, d) =>
    `<path d="M18 46h64a32 30 0 0 1-64 0z" fill="${c}"/><ellipse cx="50" cy="46" rx="32" ry="7" fill="${d}"/><rect x="40" y="74" width="20" height="5" rx="2" fill="${d}"/>`,
  lamp: (c, d) =>
    `<path d="M36 22h28l12 28H24z" fill="${c}"/><rect x="48" y="50" width="4" height="26" fill="${d}"/><ellipse cx="50" cy="79" rx="18" ry="5" fill="${d}"/>`,
  textile: (c, d) =>
    `<rect x="22" y="24" width="56" height="52" rx="3" fill="${c}"/><path d="M22 36h56M22 48h56M22 60h56" stroke="${d}" stroke-width="3"/><path d="M24 76v6M34 76v6M44 76v6M54 76v6M64 76v6M74 76v6" stroke="${d}" stroke-width="2"/>`,
  shirt: (c, d) =>
    `<path d="M36 24l-20 12 7 14 9-4v34h36V46l9 4 7-14-20-12a14 9 0 0 1-28 0z" fill="${c}"/><path d="M36 24a14 9 0 0 0 28 0" fill="none" stroke="${d}" stroke-width="3"/>`,
  shoe: (c, d) =>
    `<path d="M18 42c8 4 14 2 18-4 8 12 20 16 38 20 8 2 10 6 10 12H18z" fill="${c}"/><rect x="16" y="68" width="70" height="6" rx="3" fill="${d}"/><path d="M40 46l6-4M47 51l6-4M54 55l6-4" stroke="${d}" stroke-width="2.5"/>`,
  bag: (c, d) =>
    `<path d="M36 38c0-22 28-22 28 0" fill="none" stroke="${d}" stroke-width="4"/><rect x="24" y="36" width="52" height="44" rx="6" fill="${c}"/><rect x="34" y="54" width="32" height="18" rx="3" fill="${d}"/>`,
  book: (c, d) =>
    `<rect x="28" y="20" width="46" height="60" rx="3" fill="${c}"/><rect x="28" y="20" width="8" height="60" fill="${d}"/><rect x="44" y="32" width="22" height="4" fill="#fff"/><rect x="44" y="40" width="15" height="3" fill="#fff"/>`,
  plant: (c, d) =>
    `<path d="M50 62c-4-20-22-24-26-22 0 14 12 22 26 22zM50 62c2-26 20-34 28-32-2 18-12 32-28 32zM50 62c-8-18-4-34 2-42 8 12 8 30-2 42z" fill="${c}"/><path d="M36 62h28l-4 20H40z" fill="${d}"/>`,
  tool: (c, d) =>
    `<rect x="46" y="44" width="8" height="40" rx="4" fill="${d}"/><path d="M50 14c14 8 14 24 6 32H44c-8-8-8-24 6-32z" fill="${c}"/>`,
  box: (c, d) =>
    `<path d="M20 40l30-14 30 14-30 14z" fill="${d}"/><path d="M20 40v28l30 14V54z" fill="${c}"/><path d="M80 40v28L50 82V54z" fill="${c}" opacity="0.8"/>`,
  card: (c, d) =>
    `<rect x="16" y="30" width="68" height="42" rx="5" fill="${c}"/><rect x="16" y="40" width="68" height="8" fill="${d}"/><circle cx="72" cy="62" r="5" fill="${d}"/>`,
}

/** The drawing of a thing as SVG text; `hue` in degrees. Two things of one shape differ in colour and ground. */
export function drawingOf(shape: Shape, hue: number): string {
  const colour = `hsl(${hue % 360} 55% 52%)`
  const dark = `hsl(${hue % 360} 50% 34%)`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 100 100">
    <rect width="100" height="100" fill="hsl(${(hue + 200) % 360} 35% 93%)"/>
    <ellipse cx="50" cy="84" rx="34" ry="5" fill="hsl(${(hue + 200) % 360} 25% 84%)"/>
    ${drawings[shape](colour, dark)}</svg>`
}

/** The same as PNG, as a shop's photographer would upload it. */
export async function pictureOf(shape: Shape, hue: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  return await sharp(Buffer.from(drawingOf(shape, hue)))
    .png({ compressionLevel: 3 })
    .toBuffer()
}
