// Times in the console for operators far from UTC: days are those of the API, and each time says what it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token } from '../lib/api.js';
import { createUser } from '../lib/browser.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { launch, signedIn, unexpected, visit } from './support.js';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launch();
  await createUser(server);
  const app = await createApp(server, { name: 'Far away' });
  await token(server, { id: app.id, secret: app.secret, scope: '' });
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const get = async (path) => (await api(server, 'GET', `/api/${path}`, { token: await admin(server) })).json;

for (const [timezoneId, hours] of [['Pacific/Tongatapu', 13], ['Pacific/Honolulu', -10]]) {
  test(`at UTC${hours > 0 ? '+' : ''}${hours} the dashboard's days and counts are the API's, and times are marked as UTC`, async () => {
    const page = await signedIn(browser, server, `operator${hours + 20}`, { timezoneId });
    assert.equal(await page.evaluate(() => new Date().getTimezoneOffset()), -hours * 60);
    const today = () => new Date().toISOString().slice(0, 10);
    const before = today();
    const answer = async (path) => (await page.waitForResponse((each) => each.url().includes(`/api/dashboard/${path}`) && each.request().method() === 'GET')).json();
    const [{ days }, { dauCurve }] = await Promise.all([answer('activity?days=7'), answer('users/active'), page.goto(`${server.adminBase}/console/dashboard?days=7`)]);
    assert.ok([before, today()].includes(days.at(-1).date), 'a day of the API is one of UTC');
    await page.getByText(new RegExp(`those of UTC, where it is (${before}|${today()}) \\d\\d:\\d\\d now`)).waitFor();
    for (const [title, points] of [['New users a day', days.map(({ date, newUsers: count }) => ({ date, count }))], ['Active users a day', dauCurve]]) {
      const chart = page.locator('figure').filter({ has: page.getByText(`: ${title}`, { exact: true }) });
      await chart.locator('time').getByText(points.at(-1).date).waitFor();
      assert.deepEqual(await chart.locator('time').allTextContents(), [points[0].date, points.at(-1).date], title);
      const outside = await chart.locator('rect').evaluateAll((bars) => bars.filter((bar) => bar.y.baseVal.value < 0 || bar.y.baseVal.value + bar.height.baseVal.value > bar.ownerSVGElement.viewBox.baseVal.height).length);
      assert.equal(outside, 0, 'each bar is seen, also that of none');
      await chart.locator('summary').click();
      const rows = chart.locator('tbody tr');
      await rows.last().waitFor();
      assert.deepEqual(await rows.locator('td').allTextContents(), points.flatMap(({ date, count }) => [date, String(count)]), title);
    }
    assert.equal(days.reduce((sum, { newUsers }) => sum + newUsers, 0), 1);
    assert.match(await page.locator('.number').filter({ hasText: 'New in 7 days' }).textContent(), /1/);

    await page.setViewportSize({ width: 390, height: 844 });
    const ends = await page.locator('.ends').first().locator('time').evaluateAll((times) => times.map((time) => time.getBoundingClientRect().y));
    assert.equal(ends[0], ends[1], 'first and last day stand on one line, also on a narrow screen');
    await page.setViewportSize({ width: 1280, height: 900 });

    await visit(page, 'Applications');
    const [{ createdAt }] = (await get('applications')).filter(({ name }) => name === 'Far away');
    const shown = page.getByRole('row').filter({ hasText: 'Far away' }).locator('time');
    assert.equal(await shown.textContent(), `${new Date(createdAt).toISOString().replace('T', ' ').slice(0, 19)}\u00a0UTC`);
    assert.equal(await shown.getAttribute('title'), new Date(createdAt).toLocaleString('en-US', { timeZone: timezoneId }), 'the operator\'s own time is told as well');
    assert.deepEqual(unexpected(page), []);
  });
}
