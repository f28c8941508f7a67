/**
 * Markdown as HTML. Anybody with the right to write may write anything, so it is safe by construction: HTML in the text is shown as text,
 * and links lead to http, https, mailto or a place in the shop. No pictures from elsewhere: the pages' content policy has none.
 */
export async function html(markdown: string): Promise<string> {
  const [{ micromark }, { gfmTable, gfmTableHtml }] = await Promise.all([
    import('micromark'),
    import('micromark-extension-gfm-table'),
  ])
  return micromark(markdown, { extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] })
}
