# The bot of this repository with its sample commands. A bot of your own gets its own Dockerfile from `slashroom new`.
FROM node:24-slim AS build
WORKDIR /bot
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig*.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /bot
COPY --from=build /bot/node_modules ./node_modules
COPY --from=build /bot/dist ./dist
COPY package.json descriptor.json policy.yam[l] ./
COPY commands ./commands
RUN mkdir data && chown node:node data
USER node
VOLUME /bot/data
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli/main.js", "start"]
