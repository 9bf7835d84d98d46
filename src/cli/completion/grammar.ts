/** What can follow what on the command line, read off the commander program: it cannot lag behind it. */
import type { Command, Option } from 'commander';
import { choicesOf } from '../options.js';

/** What stands for a value: files, folders, one of some words, or anything else. */
export type Value = 'file' | 'folder' | 'other' | readonly string[];

export interface OptionGrammar {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  /** Absent for a flag. */
  readonly value?: Value;
}

export interface CommandGrammar {
  /** The words that lead here, without the program's name. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionGrammar[];
  /** Of all positional arguments. */
  readonly argument: Value | undefined;
  readonly commands: readonly CommandGrammar[];
}

/** The names in the usage that stand for files. */
const FILES = ['file', 'ticket', 'model', 'models', 'data', 'domain', 'box'];
const FOLDERS = ['folder'];

function valueNamed(name: string, parser: object | undefined): Value {
  const choices = choicesOf(parser);
  if (choices !== undefined) return choices;
  if (FILES.includes(name)) return 'file';
  return FOLDERS.includes(name) ? 'folder' : 'other';
}

function optionGrammar(option: Option): OptionGrammar {
  const { short, long, description, flags } = option;
  const name = /<([^>.]+)/.exec(flags)?.[1];
  const grammar = { short, long, description };
  return name === undefined ? grammar : { ...grammar, value: valueNamed(name, option.parseArg) };
}

/** The command and all below it. */
export function grammarOf(command: Command, path: readonly string[] = []): CommandGrammar {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map(optionGrammar),
    argument: argument && valueNamed(argument.name(), argument.parseArg),
    commands: help
      .visibleCommands(command)
      // Its words would be those of all commands once more.
      .filter((each) => each.name() !== 'help')
      .map((each) => grammarOf(each, [...path, each.name()])),
  };
}

/** The command and all below it, in one list. */
export function allCommands(command: CommandGrammar): CommandGrammar[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** The names of an option, `-o` before `--output`. */
export function namesOf({ short, long }: OptionGrammar): string[] {
  return [short, long].filter((name) => name !== undefined);
}

/** `/study/success`; empty for the program. */
export function pathText({ path }: CommandGrammar): string {
  return path.map((word) => `/${word}`).join('');
}
