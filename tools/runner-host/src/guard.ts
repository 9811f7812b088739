import { GUARDED } from './resource.ts';

/** Seconds after which changes that nobody confirmed are taken back. */
export const ROLLBACK_SECONDS = 55;

const KEPT = '/var/lib/dockyard/rollback';
const NAME = 'dockyard-rollback';

/** Active while a change of firewall or sshd waits for its confirmation. */
export const ROLLBACK_TIMER = `${NAME}.timer`;

/**
 * Writes the script that keeps the guarded files as they are and arms a timer of the host that puts them back. It needs no session to
 * fire: systemd runs it.
 */
export function armScript(): string {
  const entries = Object.entries(GUARDED);
  const copies = entries.map(([path], i) => `if [ -e ${path} ]; then cp -p ${path} ${KEPT}/${String(i)}; fi`);
  const restores = entries.map(
    (
      [path, unit],
      i,
    ) => `if [ -e ${KEPT}/${String(i)} ]; then cp -p ${KEPT}/${String(i)} ${path}; else rm -f ${path}; fi
if [ -e ${path} ] || [ ${unit} = ssh.service ]; then systemctl restart ${unit}; fi`,
  );
  return `systemctl stop ${ROLLBACK_TIMER} 2>/dev/null || true
systemctl reset-failed ${NAME}.service 2>/dev/null || true
rm -rf ${KEPT}
mkdir -p ${KEPT}
${copies.join('\n')}
cat >${KEPT}/run <<'end of file'
#!/bin/sh
${restores.join('\n')}
if [ ! -e /etc/dockyard/firewall.nft ]; then nft delete table inet dockyard; fi
logger -t dockyard "nobody confirmed the change of firewall or sshd: it was rolled back"
end of file
chmod 0700 ${KEPT}/run
systemd-run --quiet --unit=${NAME} --on-active=${String(ROLLBACK_SECONDS)} --timer-property=AccuracySec=1s ${KEPT}/run
`;
}

/** Writes the script that disarms it; fails where the timer has fired already. */
export function confirmScript(): string {
  return `systemctl is-active --quiet ${ROLLBACK_TIMER}
systemctl stop ${ROLLBACK_TIMER}
rm -rf ${KEPT}
`;
}
