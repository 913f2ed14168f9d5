// PostgreSQL in trouble while the service runs, starts and stops.
import { pause } from './killed_service.mjs';

/** Now and then longer than the lease of the service lasts. */
const longest_absence = 12_000;

/** Kills or stops the server, or cuts the service's connections, until the loop is over. */
export async function troubleDatabase(server, loop, random) {
  const { service, figures } = loop;
  while (!loop.over) {
    await pause(1_000 + random() * 5_000);
    const draw = random();
    if (draw < 0.6) {
      figures.database_cuts += server.cutConnections();
      continue;
    }
    service.away = true;
    service.absences++;
    if (draw < 0.8) figures.database_kills++, await server.kill();
    else figures.database_stops++, await server.stop();
    await pause(random() < 0.2 ? longest_absence : random() * 2_000);
    await server.start();
    service.away = false;
  }
}
