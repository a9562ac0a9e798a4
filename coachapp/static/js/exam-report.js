// A closed sitting: answers that never reached the server in time are handed over, kept there apart and not graded.

import { Outbox } from "./exam-outbox.js";
import "./print.js";

const trouble = document.getElementById("exam-trouble");
const data = { ...document.getElementById("closed").dataset };
const late = [];
const outbox = new Outbox(data, {
  say() {},
  clash: (n) => outbox.settle(n, null, 0),
  closed() {
    trouble.hidden = false;
    const text = document.createElement("p");
    text.className = "notice notice-warn";
    text.textContent = `Answers to ${late.length === 1 ? "question" : "questions"} ${late.join(", ")} arrived after the close and do not count. They are kept for your instructor.`;
    trouble.replaceChildren(text);
    outbox.flush();
  },
});
late.push(...[...outbox.waiting().keys()].sort((a, b) => a - b));
if (late.length) outbox.flush();
