/* Code and a shell script: texts of src/domain/exports with the application's values in them. */
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define SNIPPET(format, shown, file, as, quote)                                                    \
    static void render_##format(struct export *export)                                             \
    {                                                                                              \
        export_fill(export, export->out, file, quote);                                             \
    }                                                                                              \
    const struct export_format export_##format = {                                                 \
        .name = STR_INIT(#format),                                                                 \
        .title = STR_INIT(shown),                                                                  \
        .media_type = STR_INIT("text/plain; charset=utf-8"),                                       \
        .file_name = STR_INIT(as),                                                                 \
        .render = render_##format,                                                                 \
    }

SNIPPET(curl, "Shell script with curl", "curl.sh", "signet.sh", quote_shell);
SNIPPET(node, "Node.js with openid-client", "node.mjs", "list-applications.mjs", quote_json);
SNIPPET(python, "Python with Authlib", "python.py", "list_applications.py", quote_json);
SNIPPET(go, "Go with golang.org/x/oauth2", "go.go", "main.go", quote_json);
SNIPPET(java, "Java with java.net.http", "java.java", "ListApplications.java", quote_json);
SNIPPET(csharp, "C# with HttpClient", "csharp.cs", "Program.cs", quote_json);
SNIPPET(php, "PHP with curl", "php.php", "list-applications.php", quote_php);
