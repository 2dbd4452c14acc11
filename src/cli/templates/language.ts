/** What a bot's commands are written in. */
export type Language = 'typescript' | 'javascript'

/** The extension of its files. */
export function endingOf(language: Language): string {
  return language === 'typescript' ? '.ts' : '.js'
}

/** The settings for the compiler and editors; `jsconfig.json` is only for editors. */
export function compilerConfig(language: Language): readonly [name: string, config: CompilerConfig] {
  if (language === 'typescript') return ['tsconfig.json', { compilerOptions: { ...shared, types: ['node'] }, include }]
  return ['jsconfig.json', { compilerOptions: { ...shared, checkJs: true }, include }]
}

interface CompilerConfig {
  readonly compilerOptions: Readonly<Record<string, unknown>>
  readonly include: readonly string[]
}

/** The file by which a folder shows that its commands are JavaScript. */
export const javascriptConfig = 'jsconfig.json'

const shared = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  noEmit: true,
}

const include = ['commands', 'test']
