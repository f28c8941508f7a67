const TRIED = [
  "sofa & ! | ( ) <-> :* ''",
  "'sofa':*A & !couch",
  'sofa\\',
  "sofa'); drop table documents; --",
  '"sofa OR" -couch OR OR',
  '!!!!((((((((((((((((',
  `${'sofa & '.repeat(50)}sofa`,
  'a '.repeat(200),
  'sofacouchcushion'.repeat(25),
  `${'zyxwvutsrqponm'.repeat(2)} `.repeat(13),
  '\u0301'.repeat(399),
  '\u{12000}'.repeat(199),
  '%'.repeat(400),
  '𝒔𝒐𝒇𝒂 ﷺ'.repeat(40),
]

/** What has been tried on other shops, as long as a question may be: words that mean something to a parser, and text that is only long. */
export const EVIL: readonly string[] = TRIED.map((text) => text.slice(0, 400).toWellFormed())
