import { join } from "node:path";
import t from "tap";
import { describeTarget, parseRedisUrl, redisUrl } from "../../lib/redis/target.js";
import { command } from "../support/command.js";

await t.test("each form of URL is read, and described without user and password", (t) => {
  const forms = [
    ["redis://10.0.0.5", "redis://10.0.0.5:6379/0"],
    ["redis://boot@10.0.0.5:6380/3", "redis://10.0.0.5:6380/3"],
    ["REDIS://boot:p%40ss%2F@[fd00::5]:6380", "redis://[fd00::5]:6380/0"],
    ["rediss://:pass@redis.example/1", "rediss://redis.example:6379/1"],
    ["unix:/run/redis/redis.sock", "unix:/run/redis/redis.sock"],
    ["unix:///run/redis/redis.sock?db=2", "unix:/run/redis/redis.sock?db=2"],
    ["redis+sentinel://u:p@a:26380;b;c/boot", "redis+sentinel://a:26380;b:26379;c:26379/boot"],
    ["rediss+cluster://a;b:7001", "rediss+cluster://a:6379;b:7001"],
  ] as const;
  for (const [url, described] of forms) {
    const target = parseRedisUrl(url);
    t.equal(target === undefined ? undefined : describeTarget(target), described);
  }
  t.match(parseRedisUrl("redis://boot:p%40ss%2F@h"), { user: "boot", password: "p@ss/" });
  t.match(parseRedisUrl("redis://:pass@h"), { user: undefined, password: "pass" });
  t.end();
});

await t.test("what is none of them is refused", (t) => {
  const wrong = ["10.0.0.5", "http://h", "redis://", "redis://a;b", "redis://h:0", "redis://h:65536", "redis://h/x"];
  const alsoWrong = [
    "redis://h/1/2",
    "redis://h?db=1",
    "redis+sentinel://a;b",
    "redis+cluster://a/1",
    "redis://u:%zz@h",
  ];
  for (const url of [...wrong, ...alsoWrong, "redis://h,", "redis://-h", "unix:redis.sock"]) {
    t.equal(parseRedisUrl(url), undefined, url);
  }
  t.end();
});

await t.test("a wrong URL is a problem of the configuration, with its line and without its password", async (t) => {
  const file = join(t.testdir({ "pybootd.ini": "[hosts]\nredis = redis://boot:s3cret@h/x\n" }), "pybootd.ini");
  const { code, err } = await command("--check", "-c", file);
  t.not(code, 0);
  t.match(err, /pybootd\.ini:2 \[hosts\] redis: expected the URL of a Redis .*, got "redis:\/\/boot:\*\*\*@h\/x"/);
  t.notMatch(err, /s3cret/);
});

await t.test("a message about a wrong URL shows no password", (t) => {
  t.equal(redisUrl.shown?.("redis://boot:s3cr:et@h/x"), "redis://boot:***@h/x");
  t.equal(redisUrl.shown?.("redis://:s3cret@h:0"), "redis://:***@h:0");
  t.equal(redisUrl.shown?.("redis://h/x"), "redis://h/x");
  t.match(redisUrl.hint?.("redis+sentinel://a;b"), /name of the master/);
  t.end();
});
