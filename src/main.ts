#!/usr/bin/env node
import { runProgram, tell } from './cli/program.js';

const args = process.argv.slice(2);

// A reader that went away (`| head`) ends the talk, not the work: the exit code still tells the verdict.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

// What escapes a timer or an event handler is a defect, and is told like any other error.
process.on('uncaughtException', (error) => process.exit(tell(error, args)));

// Not process.exit(): what was written to a pipe must arrive.
process.exitCode = await runProgram(args, process.env);
