// Asks where in the server's queue a conversion stands, less often the longer it will take.

const form = document.getElementById("studio");
const FIRST = 1; // seconds: most photos are done before anybody wants to know
const MOST = 5;
const MOST_MISSES = 3;

// A name for a request that nobody else knows; browsers have randomUUID only over https and on this machine.
export function newTicket() {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Calls `onStanding({ahead, seconds})` while the request waits, and with null when it does not, or not yet.
export async function followQueue(ticket, { isOver, onStanding }) {
  const address = form.dataset.queue.replace("ticket", ticket);
  for (let pause = FIRST, misses = 0; misses < MOST_MISSES;) {
    await new Promise((resolve) => { setTimeout(resolve, pause * 1000); });
    if (isOver()) return;
    let standing = null;
    try {
      standing = await (await fetch(address, { headers: { Accept: "application/json" } })).json();
    } catch { /* the request itself will tell what is wrong */ }
    if (isOver()) return;
    if (!standing?.ahead) { misses += 1; onStanding(null); continue; }
    onStanding(standing);
    pause = Math.min(MOST, Math.max(FIRST, standing.seconds / 4));
  }
}
