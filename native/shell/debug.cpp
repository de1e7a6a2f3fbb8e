/* Settings for tests and for finding faults. */
#include "debug.h"

#include "call.h"

#include <cstdlib>
#include <string>

namespace reft {

namespace {

Debug settings;

/* False where it is no setting. */
bool take(Debug &to, const std::string &setting) {
    const size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals), value = equals == std::string::npos ? "" : setting.substr(equals + 1);
    if (setting == "sync") {
        to.sync = true;
    } else if (name == "tile" && !value.empty() && value.size() < sizeof to.tile) {
        value.copy(to.tile, value.size());
    } else if (name == "multiprocessors") {
        to.multiprocessors = atoi(value.c_str());
        return to.multiprocessors > 0;
    } else {
        return false;
    }
    return true;
}

}  // namespace

const Debug &debug() { return settings; }

}  // namespace reft

int32_t reft_set_debug(const char *text) {
    reft::Debug found = {};
    const std::string all = text ? text : "";
    for (size_t from = 0; from < all.size();) {
        const size_t comma = std::min(all.find(',', from), all.size());
        const std::string setting = all.substr(from, comma - from);
        if (!reft::take(found, setting))
            return reft::fail(REFT_BAD_ARGUMENT,
                    "reft_set_debug: there is no setting \"%.64s\" (sync, tile=NAME, multiprocessors=N, apart by commas).",
                    setting.c_str());
        from = comma + 1;
    }
    reft::settings = found;
    return REFT_OK;
}
