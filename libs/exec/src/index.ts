export { type Command, type CommandResult, type Exec, type ExecOptions, formatCommand } from './command.ts';
export { CommandError } from './command-error.ts';
export { exec } from './exec.ts';
export { git, type GitOptions, liesInRepository } from './git.ts';
export { replaceDirectory, withTemporaryDirectory, writeFileAtomic } from './files.ts';
export { withOwnedDirectory } from './owned-directory.ts';
export { recordedExec, type Recording } from './recorded.ts';
export { redactText } from './redact.ts';
export { UserError } from './user-error.ts';
