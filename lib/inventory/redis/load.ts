import { asError } from "../../common/error.js";
import { ConfigError } from "../../config/problem.js";
import { loadClientModule, type ClientModule } from "../../redis/client-module.js";
import { readLogin, type RedisSettings } from "../../redis/connection.js";
import { describeTarget } from "../../redis/target.js";

/** Loads the package for a Redis, and tries the files that its settings name. @throws {ConfigError} where that fails */
export async function loadForRedis(settings: RedisSettings): Promise<ClientModule> {
  try {
    const module = await loadClientModule();
    await readLogin(settings);
    return module;
  } catch (error) {
    const expected = "a Redis whose package and files can be read";
    throw new ConfigError(describeTarget(settings.target), [{ expected, got: asError(error).message }]);
  }
}
