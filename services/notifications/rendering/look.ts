/*
 * What mails look like: a stall under its awning, on paper. Mail programs take colours from the `style` attributes; those
 * that know dark mode take the sheet, which names the same things by class.
 */

const light = {
  ground: '#f6efe4',
  card: '#fffdf9',
  ink: '#2a2018',
  muted: '#75675a',
  line: '#eadfce',
  accent: '#b3452c',
  quote: '#f8f0e3',
  bar: '#eadfce',
  barDone: '#1f6f6b',
}
const dark = {
  ground: '#15110d',
  card: '#211b15',
  ink: '#f3eadd',
  muted: '#b5a594',
  line: '#3b3128',
  accent: '#c9573b',
  quote: '#2b231b',
  bar: '#3b3128',
  barDone: '#3f9f99',
}

const sans = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
const serif = "font-family:'Iowan Old Style','Palatino Linotype',Palatino,Georgia,serif"

export const style = {
  body: `margin:0;padding:0;background:${light.ground};${sans}`,
  ground: `background:${light.ground}`,
  preheader: 'display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;line-height:1px',
  brand: `padding:8px 4px 14px;${serif};font-size:26px;font-weight:700;letter-spacing:.5px;color:${light.ink};text-align:center`,
  brandLink: `color:${light.ink};text-decoration:none`,
  card: `background:${light.card};padding:36px 36px 30px;border-radius:0 0 14px 14px`,
  heading: `margin:0 0 18px;${serif};font-size:27px;line-height:1.25;font-weight:700;color:${light.ink}`,
  paragraph: `margin:0 0 16px;font-size:16px;line-height:1.6;color:${light.ink};overflow-wrap:anywhere`,
  hint: `margin:14px 0 0;font-size:14px;line-height:1.55;color:${light.muted}`,
  quote: `padding:14px 18px;border-left:4px solid ${light.accent};background:${light.quote};font-size:16px;line-height:1.6;color:${light.ink};overflow-wrap:anywhere`,
  code: `padding:20px 12px;border:2px dashed ${light.accent};border-radius:12px;background:${light.quote};font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:22px;line-height:1.3;letter-spacing:2px;font-weight:700;color:${light.ink};text-align:center;overflow-wrap:anywhere`,
  buttonCell: `border-radius:10px;background:${light.accent}`,
  button: `display:inline-block;padding:14px 28px;border-radius:10px;background:${light.accent};color:#ffffff;font-size:16px;line-height:20px;font-weight:700;text-decoration:none`,
  factLabel: `padding:9px 12px 9px 0;border-bottom:1px solid ${light.line};font-size:15px;line-height:1.4;color:${light.muted};vertical-align:top`,
  factValue: `padding:9px 0;border-bottom:1px solid ${light.line};font-size:15px;line-height:1.4;color:${light.ink};text-align:right;vertical-align:top;overflow-wrap:anywhere`,
  line: `padding:12px 12px 12px 0;border-bottom:1px solid ${light.line};font-size:16px;line-height:1.4;color:${light.ink};overflow-wrap:anywhere`,
  detail: `font-size:14px;color:${light.muted}`,
  amount: `padding:12px 0;border-bottom:1px solid ${light.line};font-size:16px;line-height:1.4;color:${light.ink};text-align:right;vertical-align:top;white-space:nowrap`,
  total: `padding:10px 12px 0 0;font-size:15px;line-height:1.4;color:${light.ink}`,
  totalAmount: `padding:10px 0 0;font-size:15px;line-height:1.4;color:${light.ink};text-align:right;white-space:nowrap`,
  label: `font-size:14px;color:${light.muted}`,
  bar: `height:6px;line-height:6px;font-size:1px;border-radius:3px;background:${light.bar}`,
  barDone: `height:6px;line-height:6px;font-size:1px;border-radius:3px;background:${light.barDone}`,
  step: 'padding:7px 2px 0 0;font-size:12.5px;line-height:1.3',
  footer: `padding:20px 12px 0;font-size:13px;line-height:1.5;color:${light.muted};text-align:center`,
  footerLink: `color:${light.muted};text-decoration:underline`,
  sheet: `
:root{color-scheme:light dark;supported-color-schemes:light dark}
.ink{color:${light.ink}}.muted{color:${light.muted}}
@media (max-width:480px){.padded{padding:26px 20px 24px!important}}
@media (prefers-color-scheme:dark){
.ground{background:${dark.ground}!important}
.card{background:${dark.card}!important}
.ink{color:${dark.ink}!important}
.muted{color:${dark.muted}!important}
.line{border-color:${dark.line}!important}
.quote{background:${dark.quote}!important;color:${dark.ink}!important;border-color:${dark.accent}!important}
.button{background:${dark.accent}!important;color:#ffffff!important}
.bar{background:${dark.bar}!important}
.bar-done{background:${dark.barDone}!important}
}`,
} as const

const stripes = [light.accent, '#f3d9a4']
const cells = Array.from(
  { length: 12 },
  (_, index) =>
    `<td width="8.33%" style="height:22px;line-height:22px;font-size:1px;background:${stripes[index % 2]};border-radius:0 0 11px 11px">&nbsp;</td>`,
)

/** The roof of the stall: needs no picture, which mail programs would hide anyway. */
export const awning = `<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${light.card};border-radius:14px 14px 0 0;overflow:hidden"><tr><td style="height:8px;line-height:8px;font-size:1px;background:${light.accent}">&nbsp;</td></tr><tr><td><table role="presentation" aria-hidden="true" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>${cells.join('')}</tr></table></td></tr></table>`
