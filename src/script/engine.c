/* One script in QuickJS, within limits of time and memory. */
#include "script/engine.h"

#include <quickjs.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define STACK_SIZE ((size_t)1 << 20)
#define STR_(x)    #x
#define TEXT_OF(x) STR_(x)

/* What scripts find besides the language itself. */
static const char prelude[] = "globalThis.console = Object.freeze(Object.fromEntries("
                              "['log', 'info', 'warn', 'error', 'debug'].map("
                              "(name) => [name, () => {}])));";

/* Gives [state, promise]; state.denied is the message of api.denyAccess, the promise's value JSON
 * or undefined when it is no object. */
static const char caller[] =
    "((text) => {"
    "  if (typeof getCustomJwtClaims !== 'function')"
    "    throw new Error('The script does not have a function named `getCustomJwtClaims`');"
    "  const state = {};"
    "  const api = { denyAccess(message = 'Access denied') {"
    "    state.denied = String(message); throw new Error(state.denied); } };"
    "  return [state, (async () => {"
    "    const value = await getCustomJwtClaims({ ...JSON.parse(text), api });"
    "    const object = value !== null && typeof value === 'object' && !Array.isArray(value);"
    "    return object ? JSON.stringify(value) : undefined; })()];"
    "})";

struct engine {
    JSRuntime *runtime;
    JSContext *context;
    int64_t deadline; /* monotonic, ms */
    bool late;
};

static int interrupt(JSRuntime *runtime, void *opaque)
{
    struct engine *engine = opaque;
    (void)runtime;
    engine->late = engine->late || clock_monotonic_ms() >= engine->deadline;
    return engine->late;
}

/* ---- What became of it ---- */

static void set(struct script_result *result, enum script_outcome outcome, const char *text,
                size_t length)
{
    free(result->text);
    result->outcome = outcome;
    result->text = malloc(length + 1);
    result->length = result->text ? length : 0;
    if (result->text) {
        memcpy(result->text, text, length);
        result->text[length] = '\0';
    }
}

static void fail_with(struct script_result *result, const char *text)
{
    set(result, SCRIPT_FAILED, text, strlen(text));
}

/* The text of a value; false when it has none. */
static bool set_value(JSContext *context, struct script_result *result, enum script_outcome outcome,
                      JSValueConst value)
{
    size_t length;
    const char *text = JS_ToCStringLen(context, &length, value);
    if (!text)
        return false;
    if (length > SCRIPT_RESPONSE_MAX)
        fail_with(result,
                  outcome == SCRIPT_VALUE ? "The script gave more than 12 KiB" : "Script failed");
    else
        set(result, outcome, text, length);
    JS_FreeCString(context, text);
    return true;
}

/* What was thrown, or is a rejected promise's; frees it. */
static void set_thrown(struct engine *engine, struct script_result *result, JSValue thrown)
{
    JSContext *context = engine->context;
    JSValue message =
        JS_IsObject(thrown) ? JS_GetPropertyStr(context, thrown, "message") : JS_UNDEFINED;
    bool has_message = JS_IsString(message);
    if (engine->late)
        fail_with(result, "Script execution timed out after " TEXT_OF(SCRIPT_TIME_MS) "ms.");
    else if (!set_value(context, result, SCRIPT_FAILED, has_message ? message : thrown))
        fail_with(result, "Script failed");
    if (result->text && strcmp(result->text, "out of memory") == 0)
        fail_with(result, "Script execution exceeded the memory limit.");
    JS_FreeValue(context, message);
    JS_FreeValue(context, thrown);
}

/* ---- Running ---- */

/* False: it threw, and the result is set. */
static bool evaluate(struct engine *engine, const char *text, size_t length, const char *name,
                     struct script_result *result, JSValue *value)
{
    *value = JS_Eval(engine->context, text, length, name, JS_EVAL_TYPE_GLOBAL);
    if (!JS_IsException(*value))
        return true;
    set_thrown(engine, result, JS_GetException(engine->context));
    return false;
}

static bool call(struct engine *engine, struct str payload, struct script_result *result,
                 JSValue *state, JSValue *promise)
{
    JSContext *context = engine->context;
    JSValue function;
    if (!evaluate(engine, caller, sizeof(caller) - 1, "signet", result, &function))
        return false;
    JSValue text = JS_NewStringLen(context, payload.p, payload.n);
    JSValue pair = JS_Call(context, function, JS_UNDEFINED, 1, &text);
    JS_FreeValue(context, text);
    JS_FreeValue(context, function);
    if (JS_IsException(pair)) {
        set_thrown(engine, result, JS_GetException(context));
        return false;
    }
    *state = JS_GetPropertyUint32(context, pair, 0);
    *promise = JS_GetPropertyUint32(context, pair, 1);
    JS_FreeValue(context, pair);
    return true;
}

/* Until nothing is left to do. False: it was cut off. */
static bool run_jobs(struct engine *engine)
{
    JSContext *context;
    int left;
    while ((left = JS_ExecutePendingJob(engine->runtime, &context)) > 0)
        ;
    return left == 0 && !engine->late;
}

static void settle(struct engine *engine, JSValueConst state, JSValueConst promise,
                   struct script_result *result)
{
    JSContext *context = engine->context;
    if (!run_jobs(engine)) {
        set_thrown(engine, result, JS_GetException(context));
        return;
    }
    JSPromiseStateEnum how = JS_PromiseState(context, promise);
    JSValue denied = JS_GetPropertyStr(context, state, "denied");
    JSValue value = how == JS_PROMISE_PENDING ? JS_UNDEFINED : JS_PromiseResult(context, promise);
    if (JS_IsString(denied)) {
        set_value(context, result, SCRIPT_DENIED, denied);
    } else if (how == JS_PROMISE_PENDING) {
        fail_with(result, "The script waits for something that never comes");
    } else if (how == JS_PROMISE_REJECTED) {
        set_thrown(engine, result, value);
        value = JS_UNDEFINED;
    } else if (JS_IsString(value)) {
        set_value(context, result, SCRIPT_VALUE, value);
    } else {
        set(result, SCRIPT_INVALID, "Invalid input", sizeof("Invalid input") - 1);
    }
    JS_FreeValue(context, denied);
    JS_FreeValue(context, value);
}

static void run(struct engine *engine, const struct script_request *request,
                struct script_result *result)
{
    JSValue value, state, promise;
    if (!evaluate(engine, prelude, sizeof(prelude) - 1, "signet", result, &value))
        return;
    JS_FreeValue(engine->context, value);
    if (!evaluate(engine, request->script.p, request->script.n, "script", result, &value))
        return;
    JS_FreeValue(engine->context, value);
    if (!call(engine, request->payload, result, &state, &promise))
        return;
    settle(engine, state, promise, result);
    JS_FreeValue(engine->context, state);
    JS_FreeValue(engine->context, promise);
}

void engine_run(const struct script_request *request, struct script_result *result)
{
    struct engine engine = {.deadline = clock_monotonic_ms() + SCRIPT_TIME_MS};
    *result = (struct script_result){0};
    engine.runtime = JS_NewRuntime();
    if (engine.runtime) {
        JS_SetMemoryLimit(engine.runtime, SCRIPT_MEMORY);
        JS_SetMaxStackSize(engine.runtime, STACK_SIZE);
        JS_SetInterruptHandler(engine.runtime, interrupt, &engine);
        engine.context = JS_NewContext(engine.runtime);
    }
    if (engine.context) {
        run(&engine, request, result);
        JS_FreeContext(engine.context);
    } else {
        fail_with(result, "Script execution exceeded the memory limit.");
    }
    if (engine.runtime)
        JS_FreeRuntime(engine.runtime);
}
