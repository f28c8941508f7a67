import type { AnyCommand, Options } from './command.ts'

/** `souk <command> --help`. */
export function commandHelp(command: AnyCommand, common: Options): string {
  const lines = [`souk ${command.name}${command.usage ? ` ${command.usage}` : ''} [options]`, '', command.summary]
  if (command.description)
    lines.push(
      '',
      ...command.description
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    )
  lines.push('', 'Options', ...optionLines({ ...command.options, ...common }))
  return `${lines.join('\n')}\n`
}

function optionLines(options: Options): string[] {
  const rows = Object.entries(options).map(([name, option]) => {
    const flag = `${option.short ? `-${option.short}, ` : '    '}--${name}${option.value ? ` ${option.value}` : ''}`
    const notes = [
      option.multiple ? 'may be repeated' : '',
      option.default === undefined ? '' : `default ${option.default}`,
    ].filter(Boolean)
    return [flag, option.summary + (notes.length > 0 ? ` (${notes.join(', ')})` : '')] as const
  })
  return columns(rows)
}

/** Two aligned columns, indented by two. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
