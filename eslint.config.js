import tseslint from "typescript-eslint";

/** Layers of docs/architecture.md, innermost first: a folder may import from itself and from those before it. */
const layers = [
  "net",
  "process",
  "control",
  "config",
  "leases",
  "access",
  "hosts",
  "files",
  "ipxe",
  "dhcp",
  "tftp",
  "http",
  "assembly",
  "simulate",
  "commands",
];

const layerRules = layers.map((layer, depth) => ({
  files: [`lib/${layer}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^\\.\\./(${[...layers.slice(depth + 1), "cli", "daemon"].join("|")})(/|\\.js)`,
            message: `lib/${layer} may not depend on an outer layer (docs/architecture.md, Layers).`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["dist/", ".tap/", "node_modules/"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 15],
      "no-console": "error",
      // Libraries type what their classes make as interfaces (winston's transports do); they are no less the class's.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  // A test file is one long callback by nature; the command line and the bench may print.
  {
    files: ["tests/**", "bench/**"],
    rules: {
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      "no-console": "off",
    },
  },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
  ...layerRules,
);
