import { Worker } from 'node:worker_threads';
import { runTask, type Answer, type Task } from './task.js';

/**
 * The answers to all tasks, in their order. Which worker answers what, and when, makes no difference.
 * `jobs`: 1 runs them here, more start so many workers. `done` is told of each answer as it comes.
 */
export async function runAll(
  tasks: readonly Task[],
  jobs: number,
  done: (index: number, answer: Answer) => void,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const take = (index: number, answer: Answer): void => {
    answers[index] = answer;
    done(index, answer);
  };
  if (jobs === 1)
    tasks.forEach((task, index) => {
      take(index, runTask(task));
    });
  else {
    const queue = tasks.entries();
    await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, () => work(queue, take)));
  }
  return answers;
}

/** One worker, which takes tasks from the queue until there are none. */
function work(queue: Iterator<[number, Task]>, take: (index: number, answer: Answer) => void): Promise<void> {
  // Flows live as long as their window: room for them among the young spares the collector most of its work.
  const resourceLimits = { maxYoungGenerationSizeMb: 192 };
  const worker = new Worker(new URL('worker.js', import.meta.url), { resourceLimits });
  return new Promise((resolve, reject) => {
    let index = -1;
    const next = (): void => {
      const item = queue.next();
      if (item.done === true) {
        void worker.terminate();
        resolve();
        return;
      }
      const [at, task] = item.value;
      index = at;
      worker.postMessage(task);
    };
    worker.on('message', (answer: Answer) => {
      take(index, answer);
      next();
    });
    worker.on('error', reject);
    next();
  });
}
