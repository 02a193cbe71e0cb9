# Node starts threads before it runs anything. Too large to be asked for: where it is there.
command -v node > /dev/null || exit 77
node -e '
const { execFileSync } = require("child_process");
const fs = require("fs");
console.log([3, 1, 2].sort().map(x => x * x), execFileSync("echo", ["from a command"]).toString());
fs.writeFileSync("out", "text\n");
fs.readFile("out", "utf8", (error, text) => { console.log(text); setTimeout(() => process.exit(3), 10); });
' || echo "node: $?"
