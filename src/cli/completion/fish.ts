/** The script for fish: a line for each word that may come, with the commands after which it may. */
import { allCommands, type CommandGrammar, pathText, type Value } from './grammar.js';

/** In single quotes, as fish reads them. */
function quotedWord(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function ofValue(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value === 'file') return ' -r -F';
  if (value === 'folder') return " -x -a '(__fish_complete_directories)'";
  return value === 'other' ? ' -x' : ` -x -a ${quotedWord(value.join(' '))}`;
}

function lines(command: CommandGrammar): string[] {
  const begin = `complete -c unearth -n ${quotedWord(`__unearth_at "${pathText(command)}"`)}`;
  const options = command.options.map(({ short, long, description, value }) => {
    const named = [
      short === undefined ? '' : ` -s ${short.slice(1)}`,
      long === undefined ? '' : ` -l ${long.slice(2)}`,
    ].join('');
    return `${begin}${named}${ofValue(value)} -d ${quotedWord(description)}`;
  });
  const words = command.commands.map(
    ({ path, description }) => `${begin} -a ${path.at(-1)} -d ${quotedWord(description)}`,
  );
  const { argument } = command;
  if (argument === undefined || argument === 'other') return [...words, ...options];
  const positional = argument === 'file' ? ' -F' : ofValue(argument).replace(' -x', '');
  return [...words, ...options, `${begin}${positional}`];
}

export function fishScript(root: CommandGrammar): string {
  const commands = allCommands(root);
  return `# Completion of unearth for fish: unearth completion fish | source

function __unearth_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case ${commands.slice(1).map(pathText).join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end

complete -c unearth -f
${commands.flatMap(lines).join('\n')}
`;
}
