#!/usr/bin/env bash
# A package stands in a project twice, in two versions: by its name and by an alias (`semver-6@npm:semver@6.3.1`). Both bring
# the command `semver`, and node_modules/.bin has room for one. A good guess: whichever it is, the same package.json and lock
# file give the same. Seen with npm 11.19.1 on Node.js 20.20.2: `npm install` links what it has just added over what stood
# there, so that the alias takes the command; `npm ci` and `npm rebuild` of the same two files give it to the name that comes
# first in the alphabet. So a script that runs `semver` runs another version in CI than where the alias was added, with
# nothing to see in the lock file. Whoever needs one of them for sure names its file, or runs `npm rebuild` after adding.
# Output: npm 11.19.1: {"installed":"6.3.1","rebuilt":"7.7.3","clean":"7.7.3"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir tool grown clean
(cd tool && npm init -y >/dev/null && npm install --no-audit --no-fund --silent npm@11.19.1)
pinned() { node "$folder/tool/node_modules/npm/bin/npm-cli.js" "$@" --no-audit --no-fund --silent >/dev/null; }
command_of() { node_modules/.bin/semver 1.0.0 --help | sed -n '1s/^SemVer //p'; }

cd "$folder/grown"
echo '{ "private": true }' >package.json
pinned install --save-exact semver@7.7.3
pinned install --save-exact semver-6@npm:semver@6.3.1
installed=$(command_of)
cp package.json package-lock.json ../clean
pinned rebuild
rebuilt=$(command_of)
cd "$folder/clean"
pinned ci
clean=$(command_of)
seen="{\"installed\":\"$installed\",\"rebuilt\":\"$rebuilt\",\"clean\":\"$clean\"}"
echo "npm $(node "$folder/tool/node_modules/npm/bin/npm-cli.js" --version --silent): $seen"
test "$seen" = '{"installed":"6.3.1","rebuilt":"7.7.3","clean":"7.7.3"}'
