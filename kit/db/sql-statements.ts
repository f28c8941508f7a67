/** One statement of a file of SQL. */
export interface SqlStatement {
  /** without comments and without the semicolon */
  readonly text: string
  /** of its first word, from 1 */
  readonly line: number
  /** the comments between the statement before and this one, and inside it, without the dashes */
  readonly comments: readonly string[]
}

/** What may stand where a semicolon or a comment means nothing: text, a name in quotes, a body in dollars; then comments. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"$\-/;]+|[\s\S]/g

/** `begin atomic …; …; end` is one statement. */
const inBody = (text: string): boolean => /\bbegin\s+atomic\b/i.test(text) && !/\bend\s*$/i.test(text)

/** Takes a file apart. Knows quotes, bodies and comments; knows nothing else of the language. */
export function statementsOf(file: string): SqlStatement[] {
  const statements: SqlStatement[] = []
  let text = ''
  let line = 0
  let comments: string[] = []
  const end = () => {
    if (text.trim() !== '') statements.push({ text: text.trim(), line, comments })
    text = ''
    line = 0
    comments = []
  }
  for (const { 0: piece, index } of file.matchAll(PIECE)) {
    if (piece === ';' && !inBody(text)) end()
    else if (piece.startsWith('--') || piece.startsWith('/*')) {
      comments.push(piece.replace(/^(--|\/\*)\s*/, '').replace(/\s*(\*\/)?$/, ''))
      text += ' '
    } else {
      if (line === 0 && piece.trim() !== '') {
        const lead = piece.length - piece.trimStart().length
        line = file.slice(0, index + lead).split('\n').length
      }
      text += piece
    }
  }
  end()
  return statements
}
