/* /api/saml-applications/:id/metadata: what a service provider has to know of the server. */
#include "domain/page.h"
#include "domain/saml_applications.h"

#define TEXT(literal) buf_str(&ctx->answer.body, STR(literal))

enum { NAME_ID_FORMAT, CERTIFICATE };

static enum err find(struct ctx *ctx, struct db_rows *rows)
{
    enum err err = db_query(ctx->db,
                            "SELECT c.name_id_format, s.certificate FROM saml_application_configs c"
                            " JOIN saml_application_secrets s ON s.application_id ="
                            " c.application_id WHERE c.application_id = $1 AND s.active = 1",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, rows);
    if (err || rows->count)
        return err;
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "message",
             arena_printf(ctx->arena,
                          "there is no SAML application with the id %.*s and a key in use",
                          STR_ARG(ctx->params[0])));
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_NOT_FOUND), buf_view(&buf));
}

/* The base64 between the lines that say what it is. */
static void put_der(struct ctx *ctx, struct str pem)
{
    struct str line;
    while ((line = str_split(&pem, '\n')).p) {
        if (!str_starts(line, STR("-----")))
            page_text(ctx, str_trim(line));
    }
}

static void put_sign_on(struct ctx *ctx, const char *binding)
{
    TEXT("<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:");
    page_text(ctx, str_of(binding));
    TEXT("\" Location=\"");
    page_text(ctx, ctx->tenant->endpoint);
    TEXT("/api/saml/");
    page_text(ctx, ctx->params[0]);
    TEXT("/authn\"></SingleSignOnService>");
}

/* Metadata for the OASIS SAML 2.0 2.4.3 */
static enum err get_metadata(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = find(ctx, &rows);
    if (err)
        return err;
    TEXT("<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\""
         " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"");
    page_text(ctx, ctx->tenant->endpoint);
    TEXT("/saml/");
    page_text(ctx, ctx->params[0]);
    TEXT("\"><IDPSSODescriptor WantAuthnRequestsSigned=\"false\""
         " protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
         "<KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
    put_der(ctx, db_text(&rows, 0, CERTIFICATE));
    TEXT("</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><NameIDFormat>");
    page_text(ctx, db_text(&rows, 0, NAME_ID_FORMAT));
    TEXT("</NameIDFormat>");
    put_sign_on(ctx, "HTTP-Redirect");
    put_sign_on(ctx, "HTTP-POST");
    TEXT("</IDPSSODescriptor></EntityDescriptor>");
    return ctx->answer.body.failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}

ROUTES(saml_metadata) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/saml-applications/:id/metadata"),
     .guard = GUARD_PUBLIC,
     .area = "saml-applications",
     .status = 200,
     .reply = REPLY_XML,
     .summary = "Get the SAML metadata for a SAML application",
     .doc = "What its service provider is set up with: entity id, certificate of the key in use, "
            "format of user identifiers, and where requests go. The server does not answer such "
            "requests.",
     .handle = get_metadata},
    ROUTES_END,
};
