// This page among all that are open: its name, and a lock that it holds as long as it lives.
const LOCK = "mailer-tab:";
const MOMENT_MS = 1000; // a page that was just left may live as long as that

export const TAB: string = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

// Browsers have locks where the connection is secure; elsewhere no page can tell which others are open.
const locks: LockManager | undefined = navigator.locks;
locks?.request(LOCK + TAB, () => new Promise(() => {})).catch(() => {});

/** Whether a page is closed. */
export async function isGone(tab: string): Promise<boolean> {
  const signal = AbortSignal.timeout(MOMENT_MS);
  const asked = locks?.request(LOCK + tab, { mode: "shared", signal }, () => true);
  return (await asked?.catch(() => false)) ?? true;
}
