// Pictures go to the server by turns, two at once: the others wait, so that saving need not.
const MOST = 2;
const waiting: (() => void)[] = [];
let running = 0;

/** `begin` is called now or later; whoever had a turn ends it. */
export function takeTurn(begin: () => void): void {
  waiting.push(begin);
  beginNext();
}

export function endTurn(): void {
  running -= 1;
  beginNext();
}

function beginNext(): void {
  while (running < MOST) {
    const begin = waiting.shift();
    if (!begin) return;
    running += 1;
    begin();
  }
}
