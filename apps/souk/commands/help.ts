import { commandNames, commonOptions, loadCommand } from '../cli.ts'
import { defineCommand, usageError } from '../command.ts'
import { columns, commandHelp } from '../help.ts'

export const help = defineCommand({
  name: 'help',
  summary: 'Lists the commands, or explains one.',
  usage: '[command]',
  arguments: [0, 1],
  options: {},
  async run({ terminal, arguments: [name] }) {
    const names = await commandNames()
    if (name !== undefined) {
      if (!names.includes(name)) throw usageError(`There is no command ${name}.`, 'Run `npx souk help` for the list.')
      const command = await loadCommand(name)
      terminal.text(commandHelp(command, commonOptions).trimEnd())
      return terminal.data({ name, summary: command.summary, options: command.options })
    }
    const commands = await Promise.all(names.map(loadCommand))
    terminal.text('souk <command> [options]\n')
    terminal.text(columns(commands.map((command) => [command.name, command.summary])).join('\n'))
    terminal.text('\nEvery command has --help and --json. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 it found something.')
    terminal.text('Settings come from the environment: docs/settings.md lists them.')
    terminal.data(commands.map(({ name, summary }) => ({ name, summary })))
  },
})
