import { CommandError, UserError } from '@dockyard/exec';
import { Cancelled, cancellation } from './cancellation.ts';
import { createProgram } from './program.ts';

try {
  process.exitCode = await createProgram().run(process.argv.slice(2));
} catch (error) {
  if (cancellation.signal.aborted) {
    console.error(
      `\nEnded by ${cancellation.signal.reason instanceof Cancelled ? cancellation.signal.reason.by : 'a signal'}.`,
    );
    process.exitCode = 130;
  } else if (error instanceof UserError || error instanceof CommandError) {
    console.error(`\n${error.message}`);
    if (error instanceof UserError && error.hint !== undefined) console.error(`→ ${error.hint}`);
    process.exitCode = 1;
  } else throw error;
}
