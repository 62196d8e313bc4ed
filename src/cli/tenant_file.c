/* signet config export, plan and apply: the tenant as one file. */
#include "cli/tenant_file.h"

#include <errno.h>
#include <unistd.h>

#include "cli/cli.h"

#define ARENA_MAX     ((size_t)2 << 30)
#define FILE_MAX      ((size_t)256 << 20)
#define DIFFERENCE    2 /* exit status of plan */
#define NO_DIFFERENCE "no difference"

/* ---- export ---- */

static void write_object(struct tenant_writer *writer, const struct tenant_kind *kind,
                         const struct tenant_object *object)
{
    struct str where =
        arena_printf(writer->arena, "%.*s %.*s", STR_ARG(kind->name), STR_ARG(object->key));
    writer->searches = kind->has_secrets;
    tenant_write(writer, object->value, where, false);
}

static struct str file_text(struct tenant_file *tenant)
{
    struct buf buf = buf_new(tenant->api->arena, FILE_MAX);
    struct tenant_writer writer = {
        .arena = tenant->api->arena, .out = json_out(&buf), .writing = WRITE_FILE};
    json_open_object(&writer.out);
    for (size_t i = 0; i < TENANT_KINDS; i++) {
        const struct tenant_kind *kind = &tenant_kinds[i];
        const struct tenant_list *list = &tenant->have[i];
        json_key(&writer.out, kind->name);
        if (kind->key.n)
            json_open_array(&writer.out);
        for (size_t j = 0; j < list->count; j++)
            write_object(&writer, kind, &list->items[j]);
        if (kind->key.n)
            json_close_array(&writer.out);
    }
    json_close_object(&writer.out);
    return buf_view(&buf);
}

static int print_file(const char *path, json *value)
{
    FILE *file = path ? fopen(path, "we") : stdout;
    if (!file)
        return cli_fail("cannot write %s: %s", path, strerror(errno));
    terminal_print_json(file, value, 0);
    fputc('\n', file);
    bool ok = fflush(file) == 0 && !ferror(file);
    if (path)
        ok = fclose(file) == 0 && ok;
    return ok ? CLI_OK : cli_fail("cannot write %s: %s", path ? path : "the file", strerror(errno));
}

static int export_file(struct tenant_file *tenant)
{
    json *value;
    tenant->exports = true;
    int status = tenant_read(tenant);
    if (status)
        return status;
    struct str text = file_text(tenant);
    if (!text.p || json_parse(tenant->api->arena, text, &value, NULL) != JSON_OK)
        return cli_fail("memory is out");
    return print_file(args_get(&tenant->api->args, "-o"), value);
}

/* ---- plan ---- */

/* The file is checked before anything is asked. */
static int make_plan(struct tenant_file *tenant, struct tenant_plan *plan)
{
    int status = tenant_file_load(tenant, tenant->api->args.words[1]);
    if (!status)
        status = tenant_read(tenant);
    return status ? status : tenant_plan_make(tenant, plan);
}

static bool is_empty(const struct tenant_plan *plan)
{
    return !(plan->created || plan->updated || plan->deleted);
}

static void print_plan(const struct tenant_plan *plan)
{
    if (is_empty(plan))
        puts(NO_DIFFERENCE);
    else
        printf("%.*s%zu to create, %zu to update, %zu to delete\n", STR_ARG(buf_view(&plan->lines)),
               plan->created, plan->updated, plan->deleted);
}

static int plan_file(struct tenant_file *tenant)
{
    struct tenant_plan plan;
    int status = make_plan(tenant, &plan);
    if (status)
        return status;
    if (args_has(&tenant->api->args, "--json")) {
        struct str text = tenant_plan_json(tenant, &plan);
        if (!text.p)
            return cli_fail("memory is out");
        printf("%.*s\n", STR_ARG(text));
    } else {
        print_plan(&plan);
    }
    if (fflush(stdout) != 0)
        return cli_fail("cannot write the plan: %s", strerror(errno));
    return is_empty(&plan) ? CLI_OK : DIFFERENCE;
}

/* ---- apply ---- */

static int ask(struct tenant_file *tenant)
{
    char answer[16] = "";
    if (args_has(&tenant->api->args, "--yes"))
        return CLI_OK;
    if (!isatty(STDIN_FILENO))
        return cli_usage_error("config", "nobody is there to be asked: add --yes");
    fputs("Do this? [y/N] ", stderr);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return CLI_OK;
    return cli_fail("nothing was changed");
}

static int apply_file(struct tenant_file *tenant)
{
    struct tenant_plan plan;
    int status = make_plan(tenant, &plan);
    if (status)
        return status;
    print_plan(&plan);
    fflush(stdout);
    if (is_empty(&plan))
        return CLI_OK;
    if (plan.missing.p)
        return cli_fail("the file refers to ${env:%.*s}, which is not set: nothing was sent",
                        STR_ARG(plan.missing));
    status = tenant_plan_pin(tenant, &plan);
    if (!status)
        status = ask(tenant);
    if (!status)
        status = tenant_plan_send(tenant, &plan);
    if (status)
        return status;
    printf("done: %zu created, %zu updated, %zu deleted\n", plan.created, plan.updated,
           plan.deleted);
    return fflush(stdout) == 0 ? CLI_OK : cli_fail("cannot write: %s", strerror(errno));
}

/* ---- Verbs ---- */

static const struct verb {
    const char *name;
    size_t words;
    const char *options; /* those that it takes, besides --profile */
    int (*run)(struct tenant_file *tenant);
} verbs[] = {
    {"export", 1, "-o", export_file},
    {"plan", 2, "--json|--keep", plan_file},
    {"apply", 2, "--yes|--keep", apply_file},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

static int check_arguments(const struct args *args, const struct verb **found)
{
    const struct verb *verb = args->word_count ? find_verb(args->words[0]) : NULL;
    if (!verb)
        return cli_usage_error("config", "say export, plan or apply, or nothing to see the "
                                         "settings");
    if (args->word_count != verb->words)
        return cli_usage_error("config",
                               verb->words == 1 ? "%s takes no argument: -o FILE names "
                                                  "the file"
                                                : "%s needs one file",
                               verb->name);
    for (size_t i = 0; i < args->item_count; i++) {
        const char *name = args->items[i].name;
        if (strcmp(name, "--profile") != 0 && !choices_have(verb->options, str_of(name)))
            return cli_usage_error("config", "%s does not take %s", verb->name, name);
    }
    *found = verb;
    return CLI_OK;
}

static int act(struct api *api, const struct verb *verb)
{
    struct tenant_file tenant = {.api = api, .keep = args_has(&api->args, "--keep")};
    struct str name = profile_store_choose(&api->store, args_get(&api->args, "--profile"));
    if (!name.p)
        return CLI_USAGE;
    int status = profile_store_load(&api->store, name, &api->profile);
    if (!status)
        status = api_address(api, "/api");
    return status ? status : verb->run(&tenant);
}

int tenant_file_main(const struct command *command, int argc, char **argv)
{
    struct api api = {.arena = arena_new(ARENA_MAX), .store = {.lock = -1}};
    const struct verb *verb = NULL;
    if (!api.arena)
        return cli_fail("memory is out");
    int status = args_parse(command, argc, argv, api.arena, &api.args);
    if (!status)
        status = check_arguments(&api.args, &verb);
    if (!status)
        status = profile_store_open(&api.store, api.arena);
    if (!status && verb)
        status = act(&api, verb);
    profile_store_close(&api.store);
    arena_free(api.arena);
    return status;
}
