import { srcSetOf } from './widths.ts'

/** A product beside its name, upright; `width` in pixels of the page. */
export const Thumbnail = ({ url, width = 80 }: { url: string; width?: number }) => (
  <img src={url} srcSet={srcSetOf(url)} sizes={`${width}px`} alt="" width={width} height={width * 1.25} loading="lazy" />
)
