export type { Gitlab, Host, HostRunner, Inventory, Trust } from './inventory.ts';
export { INVENTORY_FILE, loadInventory, readInventory } from './read-inventory.ts';
export { platformSchema, sshUrlSchema } from './schema.ts';
export { checkSshUrl } from './ssh-url.ts';
