/** The scopes that an add-on may request. */
export const scopes: Readonly<Record<string, readonly [name: string, description: string]>> = {
  admin_group: ['Administer Group', 'Perform group administrative tasks, except on the owner of the group'],
  admin_room: ['Administer Room', 'Perform room administrative tasks'],
  import_data: ['Import Data', 'Import users, rooms and chat history; for chosen add-ons only'],
  manage_rooms: ['Manage Rooms', 'Create, update and remove rooms'],
  send_message: ['Send Message', 'Send private one-on-one messages'],
  send_notification: ['Send Notification', 'Send room notifications'],
  view_group: ['View Group', 'View users, rooms and other group information'],
  view_messages: ['View Messages', 'View messages of the rooms and private chats that you have access to'],
  view_room: ['View Room', 'View room information and participants, but not history'],
}

/** The server's capabilities document; `links.self` is exactly its own address. */
export function capabilities(base: string): object {
  const available = Object.entries(scopes).map(([id, [name, description]]) => [id, { id, name, description }])
  return {
    key: 'hipchat',
    name: 'HipChat',
    description: 'Group chat and IM built for teams',
    vendor: { name: 'Atlassian', url: 'http://atlassian.com' },
    connect_server_api_version: 1,
    links: { self: `${base}/v2/capabilities`, api: `${base}/v2`, homepage: base, subdomain: base },
    capabilities: {
      hipchatApiProvider: {
        url: `${base}/v2/`,
        availableScopes: Object.fromEntries(available),
      },
      oauth2Provider: { tokenUrl: `${base}/v2/oauth/token`, authorizationUrl: `${base}/users/authorize` },
    },
  }
}
