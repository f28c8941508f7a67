import type { Sharp } from 'sharp'
import type { ErrorFactory } from '#kit/core/errors.ts'

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024
/** 40 megapixels: more than any camera in a shop needs, 160 MB decoded. */
const MAX_PIXELS = 40_000_000
/** Pixels across; a picture is never enlarged. Lists show the second. */
const WIDTHS = [160, 480, 960, 1600]

export type FileType = (typeof IMAGE_TYPES)[number] | 'application/pdf'

export interface Rendition {
  readonly width: number
  readonly height: number
  readonly content: Buffer
}

/** What the first bytes say a file is, whatever its sender calls it. */
export function sniff(bytes: Buffer): FileType | undefined {
  const starts = (...values: number[]) => values.every((value, index) => bytes[index] === value)
  const text = (from: number, to: number) => bytes.toString('latin1', from, to)
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp'
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'image/gif'
  if (text(0, 5) === '%PDF-') return 'application/pdf'
  return undefined
}

/** What the owner of the pictures says of one that cannot be taken. */
export interface PictureErrors {
  readonly brokenImage: ErrorFactory
  readonly imageTooLarge: ErrorFactory
}

export interface PictureWorkshop {
  /** The picture as WebP in a few widths, smallest first; metadata such as where it was taken is gone. Throws the two errors. */
  render(bytes: Buffer): Promise<Rendition[]>
}

let last: Promise<unknown> = Promise.resolve()

/**
 * Pictures are drawn one after the other in a process, whoever they belong to: decoding takes memory and the threads that also hash passwords. Only what was drawn
 * anew is stored, never the bytes that came in.
 */
export function createPictureWorkshop(errors: PictureErrors): PictureWorkshop {
  return {
    render(bytes) {
      const turn = last.then(() => draw(bytes, errors))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

async function draw(bytes: Buffer, errors: PictureErrors): Promise<Rendition[]> {
  const refuse = refusal(errors)
  // Loaded at the first picture: most processes never draw one.
  const { default: sharp } = await import('sharp')
  const open = () => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true })
  const size = await open().metadata().catch(refuse)
  // The header is enough to refuse a bomb: nothing has been decoded yet.
  if (size.width * size.height > MAX_PIXELS) throw errors.imageTooLarge({ maxPixels: MAX_PIXELS })
  const across = size.autoOrient.width
  const widths = WIDTHS.filter((width) => width < across)
  if (widths.length < WIDTHS.length) widths.push(across)
  const drawn: Rendition[] = []
  for (const width of widths) drawn.push(await resized(open(), width).catch(refuse))
  return drawn
}

async function resized(picture: Sharp, width: number): Promise<Rendition> {
  const { data, info } = await picture
    .autoOrient()
    .resize({ width, withoutEnlargement: true })
    .webp({ quality: 80 })
    .timeout({ seconds: 10 })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, content: data }
}

const refusal =
  (errors: PictureErrors) =>
  (error: unknown): never => {
    if (/pixel limit|too large|exceeds/i.test(String((error as Error).message)))
      throw errors.imageTooLarge({ maxPixels: MAX_PIXELS }, { cause: error })
    throw errors.brokenImage({}, { cause: error })
  }
