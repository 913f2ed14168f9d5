// Debian's Prometheus and Alertmanager on loopback, in folders of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free_port.mjs';
import { until } from './wait.mjs';

/** Starts a program that ends with this process, and waits until it is ready. `argumentsOf` gets a port and a folder. */
async function start(command, files, argumentsOf) {
  const folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...argumentsOf(port, folder)], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    const origin = `http://127.0.0.1:${port}`;
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    await until(`${command} is ready`, async () => ended() || (await fetch(`${origin}/-/ready`).then((reply) => reply.ok, () => false)), { every: 50 });
    if (!ended()) {
      return {
        port,
        get: async (path, parameters = {}) => {
          const reply = await fetch(`${origin}${path}?${new URLSearchParams(parameters)}`);
          const text = await reply.text();
          if (!reply.ok) throw new Error(`${command}: ${path} ${JSON.stringify(parameters)}: ${text}`);
          return JSON.parse(text);
        },
        stop: async () => {
          child.kill('SIGKILL');
          if (!ended()) await once(child, 'exit');
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }
    // Somebody else may have taken the port in between.
    if (tries === 5 || !output.includes('address already in use')) throw new Error(`${command} ended:\n${output}`);
  }
}

/** `files` has prometheus.yml and the rules that it names. */
export async function startPrometheus(files) {
  const program = await start('prometheus', files, (port, folder) => [
    '--config.file=prometheus.yml', `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`]);
  const rules = async () => (await program.get('/api/v1/rules')).data.groups.flatMap((group) => group.rules);
  return {
    ...program,
    rules,
    /** The alerts of a rule that fire. */
    firing: async (name) => (await program.get('/api/v1/alerts')).data.alerts.filter((alert) => alert.state === 'firing' && alert.labels.alertname === name),
    query: async (query) => (await program.get('/api/v1/query', { query })).data.result,
  };
}

export async function startAlertmanager(config) {
  const program = await start('prometheus-alertmanager', { 'alertmanager.yml': config }, (port, folder) => [
    '--config.file=alertmanager.yml', `--storage.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address=']);
  return { ...program, alerts: (name) => program.get('/api/v2/alerts', { filter: `alertname="${name}"` }) };
}

/**
 * Rules with windows and times that are 60 times shorter, so that a second of the test is a minute. No window is shorter than
 * 5 s: a rate needs two samples.
 */
export function shortened(rules) {
  const seconds = { s: 1, m: 60, h: 3600, d: 86400 };
  const shorter = (number, unit, least) => `${Math.max(least, Math.round((number * seconds[unit]) / 60))}s`;
  return rules
    .replace(/\[(\d+)([smhd])\]/g, (_, number, unit) => `[${shorter(number, unit, 5)}]`)
    .replace(/^( +for: )(\d+)([smhd])$/gm, (_, before, number, unit) => before + shorter(number, unit, 1));
}
