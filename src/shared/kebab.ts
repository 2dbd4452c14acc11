/** The form in which a name is typed: `round-time` for `roundTime`, `base-url` for `baseURL`. */
export function kebab(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase()
}
