/** How a name is typed: `roundTime` as `round-time`, `baseURL` as `base-url`. */
export function kebab(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase()
}
