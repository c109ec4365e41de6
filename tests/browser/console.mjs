// The console in headless Chromium: each page at two widths, light and dark, with screenshots, and checks that no
// error appears, nothing overflows, the content security policy holds, and no content is shown.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { chromium } = createRequire(join(process.env.PLAYWRIGHT_CORE, "package.json"))("playwright-core");
const SCREENS = process.env.SCREENS;
const SECRET = "anna.keller@bluewin.ch";
/** What is said: something to mask both ways, something to block, many types at once, a fault, and nothing of note. */
const TALK = [
  `Write to ${SECRET} please. ECHO:I wrote to ${SECRET}.`,
  "Charge 4539 1488 0343 6467 please.",
  `Is it ${SECRET}, IBAN CH93 0076 2011 6238 5295 7, AHV 756.9217.0769.85, ip 203.0.113.77, born 4 May 1971, ` +
    "key ghp_16C7e42F292c6912E7710c838347Ae178B4a, phone +41 44 668 18 00? ECHO:Yes.",
  "FAULT:500",
  "ECHO:Hello.",
];
const WIDTHS = { wide: 1440, narrow: 390 };
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "annexa-console-"));
  const gateway = await start(join(folder, "data"));
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  try {
    for (const text of TALK) {
      await ask(gateway.ready, text);
    }
    for (const scheme of ["light", "dark"]) {
      for (const [name, width] of Object.entries(WIDTHS)) {
        await walk(browser, gateway.ready, scheme, name, width);
      }
    }
    await followsLive(browser, gateway.ready);
    await keyboard(browser, gateway.ready);
    await withoutScript(browser, gateway.ready);
    await policy(browser, gateway.ready);
    console.log(`screenshots are in ${SCREENS}`);
  } finally {
    await browser.close();
    gateway.process.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The demo without its traffic: its process, and the line that it prints when it is ready. */
async function start(data) {
  const args = ["demo", "--no-traffic", "--port", "0", "--data", data];
  const process_ = spawn(process.env.ANNEXA, args, { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface({ input: process_.stdout })) {
    return { process: process_, ready: JSON.parse(line) };
  }
  throw new Error("the gateway did not start");
}

async function ask(ready, text) {
  const answer = await fetch(`${ready.openai_base_url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${ready.gateway_key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "practice", messages: [{ role: "user", content: text }] }),
  });
  await answer.text();
}

/** A page whose errors are kept; `errors` must be empty at the end. */
async function open(browser, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("requestfailed", (request) => request.resourceType() !== "eventsource" && errors.push(request.url()));
  return { context, page, errors };
}

async function signIn(page, ready) {
  await page.goto(`${ready.console_url}/sign-in`);
  await page.fill("#key", ready.admin_key);
  await page.press("#key", "Enter");
  await page.waitForSelector("#rows tr");
}

async function walk(browser, ready, scheme, name, width) {
  const viewport = { width, height: 900 };
  const { context, page, errors } = await open(browser, { viewport, colorScheme: scheme });
  const shoot = async (what) => {
    await fits(page, `${what} ${name}`);
    await showsNoContent(page, what);
    mkdirSync(SCREENS, { recursive: true });
    await page.screenshot({ path: join(SCREENS, `${what}-${name}-${scheme}.png`), fullPage: true });
  };
  await page.goto(`${ready.console_url}/sign-in`);
  await shoot("sign-in");
  await signIn(page, ready);
  await shoot("live");
  const links = await page.locator('#rows a[href^="/exchanges/"]').evaluateAll((all) => all.map((a) => a.href));
  const exchanges = [...new Set(links)];
  assert.equal(exchanges.length, TALK.length);
  for (const [nth, href] of exchanges.entries()) {
    await page.goto(href);
    await shoot(`exchange-${nth + 1}`);
  }
  assert.deepEqual(errors, [], `errors at ${name} ${scheme}`);
  await context.close();
}

async function fits(page, what) {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window_, `${what}: ${content} px in a window of ${window_} px`);
}

async function showsNoContent(page, what) {
  const html = await page.content();
  assert.ok(!html.includes(SECRET) && !html.includes("4539 1488"), `${what} shows content`);
}

/** A new exchange appears without a reload. */
async function followsLive(browser, ready) {
  const { context, page, errors } = await open(browser, { viewport: { width: 1440, height: 900 } });
  await signIn(page, ready);
  await page.waitForSelector('#following[data-state="on"]');
  const before = await page.locator("#rows tr").count();
  await ask(ready, "ECHO:Hello.");
  await page.waitForFunction((n) => document.querySelectorAll("#rows tr").length > n, before, { timeout: 5000 });
  assert.deepEqual(errors, []);
  await context.close();
}

/** The first stop of the keyboard leads to the content, and each stop can be seen. */
async function keyboard(browser, ready) {
  const { context, page } = await open(browser, {});
  await signIn(page, ready);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#main");
  for (let stop = 0; stop < 8; stop += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== "none" || style.boxShadow !== "none";
    });
    assert.ok(seen, `stop ${stop} of the keyboard shows no focus`);
  }
  await context.close();
}

async function withoutScript(browser, ready) {
  const { context, page } = await open(browser, { javaScriptEnabled: false });
  await signIn(page, ready);
  assert.ok((await page.locator("#rows tr").count()) > 0);
  await context.close();
}

/** The policy is strict, and the browser holds it: an inline script does not run. */
async function policy(browser, ready) {
  const { context, page } = await open(browser, {});
  const answer = await page.goto(`${ready.console_url}/sign-in`);
  const header = answer.headers()["content-security-policy"] ?? "";
  assert.ok(header.includes("default-src 'none'") || header.includes("default-src 'self'"), header);
  assert.ok(!header.includes("unsafe-"), header);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.ran), undefined, "an inline script ran");
  await context.close();
}

await main();
