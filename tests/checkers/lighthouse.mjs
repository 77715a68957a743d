// Lighthouse on the addresses given, in a Chromium that listens on the first argument's port: one
// JSON line each, { address, scores, found }. The second argument is the cookie to send.
//
// Lighthouse's own defaults (a middling phone, simulated throttling: the load is measured as it
// is, then computed for a slow network and processor, so that no real wait is spent), without a
// picture of the whole page, which no audit of these categories needs.
import lighthouse from "lighthouse";

const [port, cookie, ...addresses] = process.argv.slice(2);
const KINDS = ["accessibility", "best-practices", "performance"];

for (const address of addresses) {
  const { lhr } = await lighthouse(address, {
    port: Number(port),
    onlyCategories: KINDS,
    disableFullPageScreenshot: true,
    extraHeaders: cookie ? { Cookie: cookie } : {},
    logLevel: "error",
  });
  const scores = Object.fromEntries(KINDS.map((kind) => [kind, Math.round(lhr.categories[kind].score * 100)]));
  const asked = KINDS.flatMap((kind) => lhr.categories[kind].auditRefs).filter(({ weight }) => weight > 0);
  const found = [...new Set(asked.map(({ id }) => id))].filter((id) => lhr.audits[id].score !== null && lhr.audits[id].score < 0.9);
  console.log(JSON.stringify({ address, scores, found, trouble: lhr.runtimeError?.message ?? "" }));
}
