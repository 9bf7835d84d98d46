/** The script for bash, from version 3.2 on, which macOS has. */
import { allCommands, type CommandGrammar, namesOf, pathText, type Value } from './grammar.js';

const FILES = '_unearth_files -f "$current"';
const FOLDERS = '_unearth_files -d "$current"';

function words(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W '${list.join(' ')}' -- "$current"))`;
}

function completing(value: Value | undefined): string {
  if (value === 'file') return FILES;
  if (value === 'folder') return FOLDERS;
  return value === undefined || value === 'other' ? ':' : words(value);
}

/** A branch of `case`, for patterns that need quotes. */
function branch(patterns: readonly string[], action: string): string {
  return `    ${patterns.map((pattern) => `'${pattern}'`).join(' | ')}) ${action} ;;`;
}

/** Branches for values of options, one for each way of completing. */
function valueBranches(commands: readonly CommandGrammar[]): string[] {
  const byAction = new Map<string, string[]>();
  for (const command of commands) {
    for (const option of command.options) {
      if (option.value === undefined) continue;
      const action = completing(option.value);
      const patterns = byAction.get(action) ?? [];
      byAction.set(action, patterns);
      for (const name of namesOf(option)) patterns.push(`${pathText(command)} ${name}`);
    }
  }
  return [...byAction].map(([action, patterns]) => branch(patterns, `${action}; return`));
}

export function bashScript(root: CommandGrammar): string {
  const commands = allCommands(root);
  const below = commands.slice(1).map(pathText);
  return `# Completion of unearth for bash: source <(unearth completion bash)

_unearth_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$2"))
  # Marks folders and quotes spaces, where bash can.
  type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  return 0
}

_unearth() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path= index
  COMPREPLY=()
  # bash takes --option=value for three words.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$path/\${COMP_WORDS[index]}" in
      ${below.join(' | ')}) path="$path/\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$path $previous" in
${valueBranches(commands).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case "$path" in
${commands.map((command) => branch([pathText(command)], words(command.options.flatMap(namesOf)))).join('\n')}
    esac
    return
  fi
  case "$path" in
${commands
  .map((command) =>
    branch(
      [pathText(command)],
      command.commands.length > 0
        ? words(command.commands.map(({ path }) => path.at(-1) ?? ''))
        : completing(command.argument),
    ),
  )
  .join('\n')}
  esac
}

complete -F _unearth unearth
`;
}
