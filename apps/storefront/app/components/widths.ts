/** Every picture that is wider is kept in this width, too (kit/objects/pictures.ts). */
const SMALLEST = 160

/** The addresses of a picture of lists in the widths it is kept in, as far as its own address tells: `srcset`, or nothing to choose from. */
export function srcSetOf(url: string): string | undefined {
  const [, name, width] = /^(.+)-(\d+)\.webp$/.exec(url) ?? []
  return name !== undefined && Number(width) > SMALLEST ? `${name}-${SMALLEST}.webp ${SMALLEST}w, ${url} ${width}w` : undefined
}
