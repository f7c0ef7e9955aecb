/** What a worker of the bench in a browser runs: the first message is its task, the others are questions. */

import { serveTask, type Task } from "../task.ts";

let answer: (question: unknown) => void = (task) =>
  serveTask(
    task as Task,
    (reply) => postMessage(reply),
    (answerQuestion) => {
      answer = answerQuestion;
    },
  );

addEventListener("message", ({ data }) => answer(data));
