/** The script for zsh: a function for each command, in terms of `_arguments`. */
import {
  allCommands,
  type CommandGrammar,
  namesOf,
  type OptionGrammar,
  type Value,
} from './grammar.js';

/** In single quotes. */
function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where `_arguments` and `_describe` give brackets and colons a meaning. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function action(value: Value): string {
  if (value === 'file') return '_files';
  if (value === 'folder') return '_files -/';
  return value === 'other' ? ' ' : `(${value.join(' ')})`;
}

function optionSpecification(option: OptionGrammar): string {
  const names = namesOf(option);
  const exclusive = names.length > 1 ? quotedWord(`(${names.join(' ')})`) : '';
  const named = names.length > 1 ? `{${names.join(',')}}` : (names[0] ?? '');
  const value = option.value === undefined ? '' : `:value:${action(option.value)}`;
  return `${exclusive}${named}${quotedWord(`[${escaped(option.description)}]${value}`)}`;
}

function functionName({ path }: CommandGrammar): string {
  return ['_unearth', ...path].join('_');
}

function commandFunction(command: CommandGrammar): string {
  const { options, commands, argument } = command;
  const specifications = options.map(optionSpecification);
  if (commands.length === 0) {
    const rest = argument === undefined ? [] : [quotedWord(`*:value:${action(argument)}`)];
    return `${functionName(command)}() {
  _arguments -s \\
    ${[...specifications, ...rest].join(' \\\n    ')}
}`;
  }
  const described = commands.map((each) =>
    quotedWord(`${each.path.at(-1)}:${escaped(each.description)}`),
  );
  return `${functionName(command)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
    ${specifications.join(' \\\n    ')} \\
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command)
      local -a commands
      commands=(
        ${described.join('\n        ')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
        ${commands.map((each) => `${each.path.at(-1)}) ${functionName(each)} ;;`).join('\n        ')}
      esac
      ;;
  esac
}`;
}

export function zshScript(root: CommandGrammar): string {
  return `#compdef unearth
# Completion of unearth for zsh: source <(unearth completion zsh), or save it as _unearth in a folder of $fpath.

${allCommands(root).map(commandFunction).join('\n\n')}

if [[ \${funcstack[1]-} == _unearth ]]; then
  _unearth "$@"
else
  compdef _unearth unearth
fi
`;
}
