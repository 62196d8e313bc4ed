// Prints the applications, as JSON, with an access token for the application: @NAME@
// java ListApplications.java (Java 11 or later)
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public class ListApplications {
    static final HttpClient client = HttpClient.newHttpClient();

    static String setting(String name, String fallback) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static String send(HttpRequest request) throws Exception {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    static String accessToken(String clientId, String clientSecret) throws Exception {
        String body = Map.of("grant_type", "client_credentials", "scope", @SCOPE@, "resource", @RESOURCE@)
            .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + encode(entry.getValue()))
            .collect(Collectors.joining("&"));
        String credentials = encode(clientId) + ":" + encode(clientSecret);
        String answer = send(HttpRequest.newBuilder(URI.create(setting("SIGNET_TOKEN_URL", @TOKEN_URL@)))
            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build());
        Matcher token = Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"").matcher(answer);
        if (!token.find()) {
            throw new IllegalStateException("the answer has no access token");
        }
        return token.group(1);
    }

    public static void main(String[] args) throws Exception {
        String clientSecret = setting("SIGNET_CLIENT_SECRET", @CLIENT_SECRET@);
        if (clientSecret.isEmpty()) {
            System.err.println("set SIGNET_CLIENT_SECRET to the application's secret");
            System.exit(2);
        }
        String token = accessToken(setting("SIGNET_CLIENT_ID", @CLIENT_ID@), clientSecret);
        System.out.println(send(HttpRequest.newBuilder(URI.create(setting("SIGNET_ENDPOINT", @ENDPOINT@) + "/api/applications"))
            .header("Authorization", "Bearer " + token).build()));
    }
}
